#include "domain/time.hpp"

namespace throughline {

namespace {

using namespace std::chrono;

/// Reads from the front of a text; `failed` stays set after the first mismatch.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    int digits(std::size_t count) {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (i >= rest_.size() || !is_digit(rest_[i])) {
                failed_ = true;
                return 0;
            }
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }

    /// Takes one of the characters and tells which; '\0' when none stands here.
    char take(std::string_view any_of) {
        if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return '\0';
        const char taken = rest_.front();
        rest_.remove_prefix(1);
        return taken;
    }

    void expect(std::string_view any_of) { failed_ = take(any_of) == '\0' || failed_; }

    microseconds fraction() {
        int value = 0;
        std::size_t count = 0;
        for (; count < rest_.size() && is_digit(rest_[count]); ++count)
            if (count < 6) value = value * 10 + (rest_[count] - '0');
        failed_ = failed_ || count == 0;
        rest_.remove_prefix(count);
        for (; count < 6; ++count) value *= 10;
        return microseconds(value);
    }

    year_month_day date() {
        const int y = digits(4);
        expect("-");
        const int m = digits(2);
        expect("-");
        const int d = digits(2);
        const year_month_day date{year(y), month(static_cast<unsigned>(m)),
                                  day(static_cast<unsigned>(d))};
        failed_ = failed_ || !date.ok();
        return date;
    }

    void fail_unless(bool holds) { failed_ = failed_ || !holds; }
    [[nodiscard]] bool read_all() const { return !failed_ && rest_.empty(); }

  private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    std::string_view rest_;
    bool failed_ = false;
};

/// As the second after a leap second does.
bool begins_month(sys_seconds time) {
    const auto midnight = floor<days>(time);
    return time == midnight && year_month_day(midnight).day() == day(1);
}

void append_digits(std::string& out, long value, std::size_t width) {
    const auto start = out.size();
    out.append(width, '0');
    for (std::size_t i = width; i-- > 0; value /= 10)
        out[start + i] = static_cast<char>('0' + value % 10);
}

} // namespace

std::optional<Time> parse_rfc3339(std::string_view text) {
    Scanner scan(text);
    const year_month_day date = scan.date();
    scan.expect("Tt");
    const hours hour(scan.digits(2));
    scan.expect(":");
    const minutes minute(scan.digits(2));
    scan.expect(":");
    const seconds second(scan.digits(2));
    scan.fail_unless(hour.count() < 24 && minute.count() < 60 && second.count() <= 60);
    const microseconds fraction = scan.take(".") != '\0' ? scan.fraction() : microseconds{};
    minutes offset{};
    if (const char sign = scan.take("+-"); sign != '\0') {
        const hours offset_hours(scan.digits(2));
        scan.expect(":");
        const minutes offset_minutes(scan.digits(2));
        scan.fail_unless(offset_hours.count() < 24 && offset_minutes.count() < 60);
        offset = offset_hours + offset_minutes;
        if (sign == '-') offset = -offset;
    } else {
        scan.expect("Zz");
    }
    if (!scan.read_all()) return std::nullopt;
    const auto whole = sys_days(date) + hour + minute + second - offset;
    if (second.count() == 60 && !begins_month(whole)) return std::nullopt;
    const Time time = whole + fraction;
    if (time < sys_days(year(1) / 1 / 1) || time >= sys_days(year(10000) / 1 / 1))
        return std::nullopt;
    return time;
}

std::string to_rfc3339(Time time) {
    const auto midnight = floor<days>(time);
    const year_month_day date(midnight);
    const hh_mm_ss clock(time - midnight);
    std::string out;
    out.reserve(27);
    append_digits(out, int(date.year()), 4);
    out += '-';
    append_digits(out, static_cast<long>(unsigned(date.month())), 2);
    out += '-';
    append_digits(out, static_cast<long>(unsigned(date.day())), 2);
    out += 'T';
    append_digits(out, clock.hours().count(), 2);
    out += ':';
    append_digits(out, clock.minutes().count(), 2);
    out += ':';
    append_digits(out, clock.seconds().count(), 2);
    out += '.';
    append_digits(out, clock.subseconds().count(), 6);
    out += 'Z';
    return out;
}

std::optional<year_month_day> parse_date(std::string_view text) {
    Scanner scan(text);
    const year_month_day date = scan.date();
    scan.fail_unless(int(date.year()) > 0);
    if (!scan.read_all()) return std::nullopt;
    return date;
}

} // namespace throughline
