// embed TABLE MODEL: trains a flow on a table, saves it, loads it again, scores the table's first row and draws three.
#include <nf/nf.h>

#include <cstdio>
#include <vector>

int main(int argc, char** argv) try {
  if (argc != 3) return std::fputs("usage: embed TABLE MODEL\n", stderr), 2;
  const nf::Sample table = nf::read_sample(argv[1]);
  const int columns = static_cast<int>(table.x_names.size());

  nf::Model model(nf::preset_spec("nsf", columns));
  nf::FitOptions options;
  options.epochs = 20;
  options.threads = 2;
  const nf::TrainResult result = nf::fit(model, table, {}, options);
  std::printf("%d epochs, validation log-likelihood %.2f +- %.2f nats\n", static_cast<int>(result.epochs),
              model.training["best_valid"].get<double>(), result.error);
  nf::save(argv[2], model);

  const nf::Model again = nf::load(argv[2]);
  nf::Scorer scorer(again, options.threads);
  double log_density = 0;
  scorer.log_prob(table.row(0), nullptr, 1, &log_density, nullptr);
  std::printf("log-density of the first row: %.4f\n", log_density);

  std::vector<double> rows(3 * table.x_names.size()), log_densities(3);
  scorer.sample(/*seed=*/1, /*first_row=*/0, nullptr, 3, /*temperature=*/1, rows.data(), log_densities.data());
  for (int r = 0; r < 3; ++r) {
    for (int j = 0; j < columns; ++j) std::printf("%.6g,", rows[r * columns + j]);
    std::printf("%.4f\n", log_densities[r]);
  }
  return 0;
} catch (const nf::Error& error) {
  return std::fprintf(stderr, "embed: %s\n", error.what()), 1;
}
