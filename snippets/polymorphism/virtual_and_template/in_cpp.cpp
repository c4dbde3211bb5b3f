// Chosen by the object, by the type in the source, or lost in a copy?

// %% Count the ink of six digits
#include <algorithm>
#include <array>
#include <concepts>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <string>
#include <variant>
#include <vector>

using Rows = std::array<int, 8>;  // ink in each row of an image

// a 0, a 1 and a 2 in each
const std::array<Rows, 3> known{{{28, 58, 39, 32, 30, 35, 43, 29},
                                 {30, 36, 40, 56, 36, 39, 39, 37},
                                 {31, 48, 45, 33, 38, 46, 64, 39}}};
const std::array<Rows, 3> unread{{{36, 55, 46, 37, 40, 37, 44, 27},
                                  {28, 39, 42, 55, 54, 36, 34, 31},
                                  {18, 36, 26, 26, 19, 21, 59, 51}}};

// %% Override a virtual function
int ink(const Rows& rows) {
    return std::reduce(rows.begin(), rows.end());
}

struct Reader {
    virtual ~Reader() = default;

    virtual int distance(const Rows& one, const Rows& other) const {
        return std::abs(ink(one) - ink(other));
    }

    int read(const Rows& rows) const {  // by its own distance
        std::array<int, 3> distances;
        for (int digit = 0; digit < 3; ++digit) {
            distances[digit] = distance(rows, known[digit]);
        }
        return std::ranges::min_element(distances) - distances.begin();
    }
};

struct ByRow : Reader {
    int distance(const Rows& one, const Rows& other) const override {
        int total = 0;
        for (int row = 0; row < 8; ++row) {
            total += std::abs(one[row] - other[row]);
        }
        return total;
    }
};
// No member, and yet the size of a pointer: it leads to the functions.
static_assert(sizeof(ByRow) == sizeof(void*));

// %% Put a reader into a list
// A place for a Reader holds a Reader, whatever is copied there.
std::vector<Reader> listed(const ByRow& reader) { return {reader}; }

// %% Write one body for every class
template <typename Kind>
int calls = 0;  // one for each Kind

template <typename Kind>
int count(const Kind&) {  // compiled once for each Kind
    return ++calls<Kind>;
}

// %% Say what the body needs
template <typename Kind>
concept Reads = requires(const Kind& kind, const Rows& rows) {
    { kind.read(rows) } -> std::same_as<int>;
};

struct Always {  // inherits nothing
    int read(const Rows&) const { return 1; }
};

struct Silent {};

struct Hasty {
    int read() const { return 1; }  // looks at no digit
};

// %% Close the set of classes
int guesses(const std::variant<ByRow, Always>& reader) {
    struct Cases {  // a class without its case does not compile
        int operator()(const ByRow&) const { return 0; }
        int operator()(const Always&) const { return 1; }
    };
    return std::visit(Cases(), reader);
}

// %% Override a default argument
struct Votes {
    virtual ~Votes() = default;
    virtual int cast(int votes = 1) const { return votes; }
};

struct Loud : Votes {
    int cast(int votes = 3) const override { return 10 * votes; }
};

// %% Call them all
void show(const std::string& name, const std::vector<int>& numbers) {
    std::cout << name << " = ";
    for (std::string comma; int number : numbers) {
        std::cout << comma << number;
        comma = ", ";
    }
    std::cout << "\n";
}

template <Reads Kind>
std::vector<int> read_all(const Kind& reader) {
    std::vector<int> digits;
    for (const Rows& rows : unread) {
        digits.push_back(reader.read(rows));
    }
    return digits;
}

int main() {
    const Reader plain;
    const ByRow rowwise;
    const Reader& known_as_base = rowwise;
    const Loud loud;
    const Votes& votes = loud;

    std::vector<int> distances;
    for (const Rows& rows : unread) {
        for (const Rows& other : known) {
            distances.push_back(known_as_base.distance(rows, other));
        }
    }
    show("distances", distances);
    show("by_ink", read_all(plain));
    show("by_row", read_all(known_as_base));
    show("in_a_list", read_all(listed(rowwise)[0]));
    show("first_call", {count(plain)});
    show("counted", {count(rowwise), count(rowwise)});
    show("no_base", read_all(Always()));
    show("accepted", {Reads<ByRow>, Reads<Always>, Reads<Silent>});
    show("hasty", {Reads<Hasty>});
    show("by_case", {guesses(rowwise), guesses(Always())});
    show("own_votes", {Votes().cast(), loud.cast(), votes.cast(2)});
    show("default_votes", {votes.cast()});
    show("per_kind", {calls<Reader>, calls<ByRow>});
}
