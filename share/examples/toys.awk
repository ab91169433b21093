# Rows of a toy density in two columns, as FFJORD and those after it draw them (Grathwohl et al., 2018,
# arXiv:1810.01367): swissroll, circles, rings, moons, 8gaussians, pinwheel, 2spirals, checkerboard.
# usage: awk -f toys.awk -v name=moons -v rows=50000 [-v seed=1]
function normal() { return sqrt(-2 * log(1 - rand())) * cos(2 * pi * rand()) }
function choice(n) { return int(n * rand()) }
function put(px, py) { printf "%.7g,%.7g\n", px, py }

BEGIN {
  pi = atan2(0, -1)
  srand(seed == "" ? 1 : seed)
  print "x,y"
  for (i = 0; i < rows; ++i) {
    if (name == "swissroll") {
      t = 1.5 * pi * (1 + 2 * rand())
      put((t * cos(t) + normal()) / 5, (t * sin(t) + normal()) / 5)
    } else if (name == "circles" || name == "rings") {
      a = 2 * pi * rand()
      r = name == "circles" ? 1 - choice(2) / 2 : 1 - choice(4) / 4
      put(3 * (r * cos(a) + 0.08 * normal()), 3 * (r * sin(a) + 0.08 * normal()))
    } else if (name == "moons") {
      a = pi * rand()
      lower = choice(2)
      x = lower ? 1 - cos(a) : cos(a)
      y = lower ? 0.5 - sin(a) : sin(a)
      put(2 * (x + 0.1 * normal()) - 1, 2 * (y + 0.1 * normal()) - 0.2)
    } else if (name == "8gaussians") {
      a = choice(8) * pi / 4
      put((4 * cos(a) + 0.5 * normal()) / 1.414, (4 * sin(a) + 0.5 * normal()) / 1.414)
    } else if (name == "pinwheel") {
      u = 1 + 0.3 * normal()
      v = 0.1 * normal()
      a = choice(5) * 2 * pi / 5 + 0.25 * exp(u)
      put(2 * (u * cos(a) + v * sin(a)), 2 * (v * cos(a) - u * sin(a)))
    } else if (name == "2spirals") {
      n = 3 * pi * sqrt(rand())
      side = choice(2) ? 1 : -1
      put(side * (0.5 * rand() - n * cos(n)) / 3 + 0.1 * normal(), side * (0.5 * rand() + n * sin(n)) / 3 + 0.1 * normal())
    } else if (name == "checkerboard") {
      x = 4 * rand() - 2
      cell = x < 0 ? int(x + 2) : int(x)
      put(2 * x, 2 * (rand() - 2 * choice(2) + cell % 2))
    } else {
      print "toys.awk: unknown name '" name "'" >"/dev/stderr"
      exit 1
    }
  }
}
