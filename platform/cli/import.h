/*
 * platform/cli/import.h - `rehearse import`: published traces of clusters as scenarios.
 */
#ifndef PLATFORM_CLI_IMPORT_H
#define PLATFORM_CLI_IMPORT_H

int import_main(int argc, char **argv);
int import_openb_main(int argc, char **argv);

#endif
