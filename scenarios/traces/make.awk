# scenarios/traces/make.awk - the machines and tasks of small.json, from a seed of its own.
#
#   awk -v what=nodes -f make.awk > small-nodes.csv
#   awk -v what=tasks -f make.awk > small-tasks.csv
#
# Numbers come from a linear congruential generator (multiplier 16807, modulus 2^31 - 1), whose
# products are exact in every awk, so that all write the same files. Tasks are those of a small GPU cluster: one in four asks for no GPU, half
# for a share of one, the rest for one or two; they come 2 s after each other on average and last
# 10 to 130 s.
function draw(n) { state = state * 16807 % 2147483647; return int(state / 64) % n }
BEGIN {
    state = what == "nodes" ? 7 : 42
    if (what == "nodes") {
        print "name,cpus,mem,gpus,zone,attributes"
        for (i = 1; i <= 20; i++) {
            gpus = i <= 12 ? 2 : i <= 16 ? 4 : 0
            print "machine-" i "," (gpus == 4 ? 64 : 32) "," (gpus == 4 ? 256 : 128) "GiB," gpus "," \
                  (i % 2 ? "a" : "b") "," (gpus == 0 ? "" : i % 3 ? "gpu_model:T4" : "gpu_model:V100")
        }
    } else {
        print "at,name,cpus,mem,gpus,gpu_milli,gpu_model,duration"
        for (i = 1; i <= 200; i++) {
            at += draw(4001)
            kind = draw(8)
            gpus = kind < 2 ? "" : kind < 6 ? "" : kind == 6 ? 1 : 2
            milli = kind >= 2 && kind < 6 ? 100 * (1 + draw(9)) : ""
            print int(at / 1000) "." substr(1000 + at % 1000, 2) ",task-" i "," (1 + draw(8)) "," \
                  1024 * (1 + draw(16)) "," gpus "," milli "," \
                  (gpus != "" && draw(4) == 0 ? "V100|A100" : "") "," 10 + draw(121)
        }
    }
}
