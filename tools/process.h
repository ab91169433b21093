#pragma once
// A tool as a process: its standard streams and its signals.
#include <string_view>

namespace nf::cli {

// Where 0, 1 or 2 is closed, the next file opened would take its place and be read or written as if it were the
// standard stream. Opened the wrong way round, using them is an error.
void open_standard_streams();
// Signals that end the program remove its unfinished files. What the parent ignores (nohup) stays ignored. A closed
// pipe and a file beyond the size limit are errors of the write that meets them.
void install_handlers();

// On stderr. That it cannot be written is nobody's fault: it is lost, and no exception tells of it.
void say(std::string_view text);

// After this call the first SIGINT, SIGTERM, SIGHUP or SIGXCPU only makes interrupted() true; the next one ends the
// program.
void handle_interrupts();
bool interrupted();

}  // namespace nf::cli
