/* sim/scenario_nodes_file.c - a file of machines, one a line: it reads as the list would. */
#include <string.h>

#include <jansson.h>

#include "sim/csv.h"
#include "sim/scenario_parts.h"

struct nodes_file {
    struct scenario_reader *reader;
    struct json_t          *list;   /* a machine a line, as an object; owned */
    struct vec              places; /* struct nodes_line, by index in list */
};

struct nodes_line {
    uint32_t line;
    uint32_t cells[CSV_COLUMNS_MAX]; /* where each column begins */
};

/* A cell as it would stand in a list: a number where one is wanted and one stands, else a text. */
static struct json_t *
cell_value(const struct field *field, const char *text)
{
    if (field->kind == FIELD_NUMBER || field->kind == FIELD_COUNT) {
        struct json_t *number = json_loads(text, JSON_DECODE_ANY, NULL);
        if (json_is_number(number)) {
            return number;
        }
        json_decref(number);
    }
    return json_string(text); /* NULL when it is no UTF-8 */
}

static bool
nodes_file_line(struct csv *csv, void *context)
{
    struct nodes_file *file = context;
    struct nodes_line *line = vec_push(&file->places);
    struct json_t     *node = json_object();
    line->line = csv->line;
    for (uint32_t i = 0; i < csv->columns_count; i++) {
        line->cells[i] = csv->cells[i].place;
        if (csv->cells[i].text[0] == '\0') {
            continue; /* as if it did not stand there */
        }
        struct json_t *value = cell_value(&scenario_node_table.fields[i], csv->cells[i].text);
        if (value == NULL) {
            csv_wrong(csv, i, "text in UTF-8");
            continue;
        }
        (void)json_object_set_new(node, csv->columns[i], value);
    }
    (void)json_array_append_new(file->list, node);
    if (json_array_size(file->list) == NODE_COUNT_MAX + 1) {
        diag_add_at(csv->diags, csv->file, csv->line, 1, "one machine more than %d, expected fewer",
                    (int)NODE_COUNT_MAX);
        return false;
    }
    return true;
}

/* Which machine and which column a pointer "/12/cpus" is about; false when it is about neither. */
static bool
pointer_place(const struct nodes_file *file, const char *pointer, uint32_t *ret_line,
              uint32_t *ret_column)
{
    uint32_t index = 0;
    const char *at = pointer + 1;
    if (pointer[0] != '/' || *at < '0' || *at > '9') {
        return false;
    }
    for (; *at >= '0' && *at <= '9' && index < NODE_COUNT_MAX; at++) {
        index = index * 10 + (uint32_t)(*at - '0');
    }
    if (index >= file->places.count) {
        return false;
    }
    const struct nodes_line *line = vec_at(&file->places, index);
    *ret_line = line->line;
    *ret_column = 1;
    for (uint32_t i = 0; i < scenario_node_table.count; i++) {
        const char *name = scenario_node_table.fields[i].name;
        if (*at == '/' && strncmp(at + 1, name, strlen(name)) == 0) {
            *ret_column = line->cells[i] > 0 ? line->cells[i] : 1;
        }
    }
    return true;
}

/* What was said of the list is said of the lines of the file. */
static void
nodes_file_say(const struct nodes_file *file, const char *name, const struct diag_list *said)
{
    for (uint32_t i = 0; i < said->items.count; i++) {
        const struct diag *diag = vec_at(&said->items, i);
        uint32_t line = 1;
        uint32_t column = 1;
        if (pointer_place(file, diag->pointer, &line, &column)) {
            const char *slash = strrchr(diag->pointer, '/');
            const bool is_cell = slash != diag->pointer;
            diag_add_at(file->reader->read.diags, name, line, column, "%s%s%s",
                        is_cell ? slash + 1 : "", is_cell ? ": " : "", diag->text);
        } else {
            diag_add_at(file->reader->read.diags, name, line, column, "%s", diag->text);
        }
    }
}

static void
nodes_file_read(struct nodes_file *file, const char *name, const char *text, size_t len)
{
    const char *columns[CSV_COLUMNS_MAX];
    struct scenario_reader *reader = file->reader;
    struct csv csv = { .diags = reader->read.diags,
                       .file = name,
                       .columns = columns,
                       .columns_count = scenario_node_table.count,
                       .such_as = "name, cpus, mem, gpus and zone" };
    ASSERT(scenario_node_table.count <= CSV_COLUMNS_MAX);
    for (uint32_t i = 0; i < scenario_node_table.count; i++) {
        columns[i] = scenario_node_table.fields[i].name;
    }
    const uint32_t errors_count = reader->read.diags->errors_count;
    if (!csv_read(&csv, text, len, nodes_file_line, file) ||
        reader->read.diags->errors_count > errors_count) {
        return;
    }
    struct diag_list said;
    struct diag_list *all = reader->read.diags;
    diag_list_init(&said, reader->read.arena);
    reader->read.diags = &said;
    scenario_read_nodes(reader, file->list, "");
    reader->read.diags = all;
    nodes_file_say(file, name, &said);
    diag_list_fini(&said);
}

void
scenario_read_cluster_nodes(struct scenario_reader *reader, const struct json_t *nodes)
{
    static const char where[] = "/cluster/nodes";
    struct nodes_file file = { .reader = reader };
    const char       *name = NULL;
    const char       *text = NULL;
    size_t            len = 0;
    if (nodes == NULL || json_is_array(nodes)) {
        scenario_read_nodes(reader, nodes, where);
        return;
    }
    if (!json_is_object(nodes)) {
        scenario_error(reader, where, "found %s, expected a list of machines, or {\"file\": ...}",
                       fields_show(reader->read.arena, nodes));
        return;
    }
    fields_parse(&reader->read, nodes, where, scenario_nodes_file_table.fields,
                 scenario_nodes_file_table.count, NULL, &name);
    if (name == NULL ||
        !scenario_read_text(reader, name, "/cluster/nodes/file", &name, &text, &len)) {
        return;
    }
    file.list = json_array();
    vec_init(&file.places, sizeof(struct nodes_line));
    nodes_file_read(&file, name, text, len);
    vec_fini(&file.places);
    json_decref(file.list);
}
