// One container and one function for every type, and none is lost.

// %% Write one container for every type
#include <algorithm>
#include <concepts>
#include <functional>
#include <iostream>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

template <typename Item>
class Batches {
    std::vector<std::vector<Item>> batches;

public:
    Batches(const std::vector<Item>& items, std::ptrdiff_t size) {
        for (auto start = items.begin(); start != items.end();) {
            const auto stop = start + std::min(size, items.end() - start);
            batches.emplace_back(start, stop);
            start = stop;
        }
    }
    auto begin() const { return batches.begin(); }
    auto end() const { return batches.end(); }
};

// %% Write one function for every type
template <typename Item, std::regular_invocable<Item> Key>
Item best(const std::vector<Item>& items, Key key) {
    return *std::ranges::max_element(items, {}, key);
}

// %% Bound the type
struct Digit {
    int label;
    int ink;
};

struct Written : Digit {
    int writer;
};

template <std::derived_from<Digit> Kind>
Kind darker(const Kind& one, const Kind& other) {
    return one.ink > other.ink ? one : other;
}

// %% Call them with three types
void show(const std::string& name, const std::vector<double>& numbers) {
    std::cout << name << " = ";
    for (std::string comma; double number : numbers) {
        std::cout << comma << number;
        comma = ", ";
    }
    std::cout << "\n";
}

int ink(const Digit& digit) { return digit.ink; }

// ink of the first ten digits, 0 to 9
const std::vector<int> sums{294, 313, 344, 267, 258,
                            342, 306, 290, 357, 329};

void show_three_types() {
    std::vector<double> means;
    std::vector<Digit> digits;
    for (int label = 0; label < 10; ++label) {
        means.push_back(sums[label] / 64.0);
        digits.push_back({label, sums[label]});
    }
    const Written first{{7, sums[7]}, 1}, second{{8, sums[8]}, 2};

    std::vector<double> most_ink, per_pixel, darkest;
    for (const auto& batch : Batches(sums, 4)) {
        most_ink.push_back(std::ranges::max(batch));
    }
    for (const auto& batch : Batches(means, 4)) {
        per_pixel.push_back(std::ranges::max(batch));
    }
    for (const auto& batch : Batches(digits, 4)) {
        darkest.push_back(best(batch, ink).label);
    }
    show("most_ink", most_ink);
    show("per_pixel", per_pixel);
    show("darkest", darkest);
    show("by_writer", {1.0 * darker(first, second).writer});
}

// %% Ask which types come out
template <typename One, typename Other>
constexpr bool same = std::is_same_v<One, Other>;

using Digits = std::vector<Digit>;

static_assert(same<decltype(Batches(sums, 4)), Batches<int>>);
static_assert(same<decltype(best(Digits(), ink)), Digit>);
static_assert(same<decltype(darker(Written(), Written())), Written>);
// darker(Written(), Digit()) does not compile: Kind has one answer.

// %% Ask what fits in place of what
template <typename Given, typename Asked>
constexpr double fits = std::is_convertible_v<Given, Asked>;

void show_what_fits() {
    using Page = std::vector<Written>;
    using View = std::span<const Written>;  // looks, and changes nothing
    using Ink = std::function<int(const Digit&)>;
    using Writer = std::function<int(const Written&)>;

    show("as_list", {fits<Page, Digits>});
    show("as_sequence", {fits<View, std::span<const Digit>>});
    show("as_key", {fits<Ink, Writer>, fits<Writer, Ink>});
}

// %% Ask while it runs
int main() {
    show_three_types();
    show_what_fits();
    std::vector<int> wholes;
    wholes.push_back(sums[2] / 64.0);
    show("one_class", {1.0 * same<Batches<int>, Batches<double>>});
    show("stored", {1.0 * wholes[0]});
}
