#pragma once
// What nf-logprob reads of a table and what it writes.
#include <vector>

#include "cli.h"
#include "nf/io/table.h"
#include "nf/model/model.h"
#include "tables.h"

namespace nf::cli {

struct Request {
  explicit Request(const Cli& cli)
      : append(cli.flag("append")),
        latent(cli.flag("latent")),
        bits_per_dim(cli.flag("bits-per-dim")),
        summary(cli.flag("summary")),
        by_column(cli.flag("by-column")),
        columns(cli.list("columns")) {}
  bool append, latent, bits_per_dim, summary, by_column;
  bool error = false;                // a column with the error of log p, where it has one
  std::vector<std::string> columns;  // whose density is asked for; empty: all
};

// Which columns are read, where among them the model's stand, and what is written.
struct Layout {
  std::vector<int> selected, x, c;
  std::vector<Cells> cells;  // of those selected
  bool keep_bytes = false;   // records are passed on as they are; else, with --append, as numbers
  WriteOptions writing;
};
Layout lay_out(const Cli& cli, const Model& model, const TableReader& reader, const Request& request);
// Two tables of as many rows, side by side.
std::vector<double> beside(const std::vector<double>& a, const std::vector<double>& b, int rows);

}  // namespace nf::cli
