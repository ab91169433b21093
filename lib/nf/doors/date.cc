// date.cc -- dates and times: seconds since 1970 to the door behind.
#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Date final : public Door {
 public:
  Date(std::string form, std::shared_ptr<const Door> door) : form_(std::move(form)), door_(std::move(door)) {}
  int features() const override { return door_->features(); }
  Feature feature(int i) const override { return door_->feature(i); }
  bool exact() const override { return door_->exact(); }
  bool mass() const override { return door_->mass(); }
  bool wide() const override { return true; }
  CellForm form() const override {
    CellForm form = door_->form();
    form.dates = true;
    form.date = form_;
    return form;
  }
  Json spec() const override { return {{"kind", "date"}, {"form", form_}, {"door", door_->spec()}}; }
  void enter(const Noise& noise, const double* v, std::ptrdiff_t stride, int rows, Tile x, LogDet& ld) const override {
    door_->enter(noise, v, stride, rows, x, ld);
  }
  void leave(const Noise& noise, TileIn x, int rows, double* v, std::ptrdiff_t stride, LogDet& ld) const override {
    door_->leave(noise, x, rows, v, stride, ld);
  }

 private:
  std::string form_;
  std::shared_ptr<const Door> door_;
};

std::string read_form(SpecReader& spec) {
  return spec.word("form", "day",
                   {"day", "minuteT", "minute ", "minuteTZ", "minute Z", "secondT", "second ", "secondTZ", "second Z",
                    "fractionT", "fraction ", "fractionTZ", "fraction Z"});
}

}  // namespace

std::unique_ptr<Door> make_date(SpecReader& spec) {
  std::string form = read_form(spec);
  auto door = make_door(spec.value("door", "standardise"), spec.place() + ".door");
  if (door->form().gaps || !door->form().words.empty()) spec.fail("'door' is not one of numbers");
  return std::make_unique<Date>(std::move(form), std::move(door));
}

// "form": how dates are written, "door": what is measured of the seconds.
std::unique_ptr<Door> measure_date(SpecReader& wish, const ColumnValues& column) {
  std::string form = read_form(wish);
  auto door = measure_door(wish.value("door", nullptr), column);
  return door ? std::make_unique<Date>(std::move(form), std::move(door)) : nullptr;
}

}  // namespace NF_PRECISION
}  // namespace nf
