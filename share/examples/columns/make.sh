#!/usr/bin/env bash
# usage: make.sh survey|events|rides ROWS [SEED]. Tables as people have them, unprepared, on standard output: words, gaps,
# whole numbers, bounds, dates, spikes.
set -euo pipefail
rows=${2:-20000} seed=${3:-1}
table() { awk -v OFS=, -v rows="$rows" -v seed="$seed" '
  function u() { return rand() }
  function g() { return sqrt(-2 * log(1 - rand())) * cos(6.283185307 * rand()) }
  function e() { return -log(1 - rand()) }
  function pick(words, shares,  n, i, at, w, s) {
    n = split(words, w, " "); split(shares, s, " "); at = u()
    for (i = 1; i < n && at >= s[i]; ++i) at -= s[i]
    return w[i]
  }
  function round(x, digits) { return sprintf("%." digits "f", x) }
  BEGIN { srand(seed); '"$1"'; for (i = 1; i <= rows; ++i) { '"$2"' } }'; }

# Who answered, where they live, what they earn (many nothing, some do not say) and how content they are.
survey() { table 'print "id,region,age,education,children,income,hours,satisfaction,answered"' '
  region = pick("north south east west \"\"", "0.31 0.27 0.22 0.17 0.03")
  age = 18 + int(72 * (u() + u()) / 2)
  education = pick("school trade bachelor master doctor", age < 25 ? "0.5 0.3 0.17 0.03 0" : "0.3 0.3 0.22 0.14 0.04")
  years = education == "school" ? 0 : education == "trade" ? 1 : education == "bachelor" ? 2 : education == "master" ? 3 : 4
  children = 0; while (u() < (age < 30 ? 0.25 : 0.5) && children < 9) ++children
  works = u() < (age > 65 ? 0.15 : 0.82)
  income = works ? int(exp(9.6 + 0.18 * years + 0.6 * g())) : 0
  if (u() < 0.11) income = "NA"
  hours = works ? round(u() < 0.4 ? 40 : 8 + 45 * (u() + u() + u()) / 3, 1) : ""
  satisfaction = 1 + int(5 * (0.3 * u() + 0.7 * (works ? 0.35 + 0.65 * u() : u() * 0.8)))
  day = 1 + int(28 * u())
  print 100000 + 7 * i, region, age, education, children, income, hours, satisfaction, sprintf("2024-%02d-%02d", 3 + int(3 * u()), day)'; }

# Two leptons of a collision: charges, transverse momenta, angles, isolation with many exact zeros, a weight.
events() { table 'print "channel,charge1,charge2,pt1,pt2,eta1,phi1,phi2,isolation,jets,weight"' '
  channel = pick("ee mm em", "0.42 0.46 0.12")
  charge = u() < 0.5 ? 1 : -1; other = u() < 0.93 ? -charge : charge
  pt1 = 25 + 22 * e(); pt2 = 10 + (pt1 - 10) * (1 - 0.7 * u() * u())
  eta = 2.4 * (2 * u() - 1) * (0.6 + 0.4 * u())
  phi1 = 3.14159265 * (2 * u() - 1)
  phi2 = phi1 + 3.14159265 + 0.5 * g(); while (phi2 > 3.14159265) phi2 -= 6.2831853
  isolation = u() < 0.57 ? 0 : round(0.15 * u() * u(), 5)
  jets = 0; while (u() < 0.42) ++jets
  print channel, charge, other, round(pt1, 3), round(pt2, 3), round(eta, 4), round(phi1, 5), round(phi2, 5), isolation, jets, round(0.5 + u(), 3)'; }

# Taxi rides: when, how far, how many, how paid, what it cost, what was given on top.
rides() { table 'print "pickup,passengers,distance,minutes,payment,fare,tip"' '
  hour = int(24 * u()); if (u() < 0.4) hour = 17 + int(5 * u())
  pickup = sprintf("2024-01-%02d %02d:%02d:%02d", 1 + int(31 * u()), hour, int(60 * u()), int(60 * u()))
  passengers = pick("1 2 3 4 5 6 0", "0.72 0.14 0.04 0.02 0.04 0.02 0.02")
  distance = u() < 0.006 ? 0 : round(0.3 + exp(0.55 + 0.85 * g()), 2)
  minutes = round(1.5 + distance * (3.1 + 0.9 * e()) * (hour > 15 && hour < 20 ? 1.3 : 1), 1)
  payment = pick("card cash none dispute", "0.71 0.27 0.014 0.006")
  fare = 3 + 0.5 * int(2 * (1.7 * distance + 0.35 * minutes * (0.5 + u())))  # by the minutes in slow traffic
  tip = payment == "card" && u() < 0.93 ? round(fare * (u() < 0.5 ? 0.2 : 0.1 + 0.2 * u()), 2) : 0
  print pickup, passengers, distance, minutes, payment, round(fare, 2), tip'; }

case ${1:-} in
  survey | events | rides) "$1" ;;
  *) sed -n 's/^# usage: //p' "$0" >&2; exit 2 ;;
esac
