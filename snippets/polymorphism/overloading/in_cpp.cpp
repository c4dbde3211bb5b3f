// Who picks the function: the types in the source, or the object?

// %% Give one name two functions
#include <concepts>
#include <iostream>
#include <string>
#include <vector>

int half(int number) { return number / 2; }

int (*const first)(int) = half;  // the type says which one

// Both stay: the compiler picks one per call, by the types.
double half(double number) { return number / 2; }

// %% Add a function per type
template <std::integral Number>
Number halve(Number number) {
    return number / 2;
}

// Picked while compiling; anything but a number is an error there.
template <std::floating_point Number>
Number halve(Number number) {
    return number / 2;
}

// %% Write one body for several types
template <typename Number>
Number split(Number number) {
    return number / 2;
}
// Types are known before the program runs, so they can be checked.
static_assert(std::same_as<decltype(split(7)), int>);
static_assert(std::same_as<decltype(split(7.0)), double>);

// %% Vary the number of arguments
int share(int number, int ways) { return number / ways; }
// The second function stands in for a default value.
int share(int number) { return share(number, 2); }

// %% Override in subclasses
struct Layer {
    virtual ~Layer() = default;
    virtual double call(double value) const = 0;
};

struct Scale : Layer {
    double factor;
    explicit Scale(double factor) : factor(factor) {}
    double call(double value) const override { return factor * value; }
};

struct Shift : Layer {
    double offset;
    explicit Shift(double offset) : offset(offset) {}
    double call(double value) const override { return value + offset; }
};

// %% Dispatch on an object known by its base class
int weights(const Layer&) { return 0; }
int weights(const Scale&) { return 1; }

// %% Reuse a name in a subclass
struct Whole {
    int half(int number) const { return number / 2; }
};

struct Decimal : Whole {
    // In both languages this hides Whole's, other parameters or not.
    double half(double number) const { return number / 2; }
};

struct Both : Whole {
    using Whole::half;  // and this brings it back
    double half(double number) const { return number / 2; }
};

// %% Call them all
void show(const std::string& name, const std::vector<double>& numbers) {
    std::cout << name << " = ";
    for (std::string comma; double number : numbers) {
        std::cout << comma << number;
        comma = ", ";
    }
    std::cout << "\n";
}

int main() {
    const int whole = 7;
    const double decimal = 7.0;
    const Decimal hides;
    const Both both;

    const Scale scale(1 / 16.0);
    const Shift shift(-0.5);
    const std::vector<const Layer*> layers{&scale, &shift};

    std::vector<double> chained;
    for (double value : {5.0, 13.0, 9.0}) {  // pixels of a zero
        for (const Layer* layer : layers) {
            value = layer->call(value);  // by the object
        }
        chained.push_back(value);
    }
    // In C++ by the type declared above, in Python by the object.
    std::vector<double> by_base_type;
    for (const Layer* layer : layers) {
        by_base_type.push_back(weights(*layer));
    }

    // 1.0 * because a list of double takes no int unasked
    show("one_name", {1.0 * half(whole), half(decimal)});
    show("both_functions", {1.0 * first(whole), half(decimal)});
    show("per_type", {1.0 * halve(whole), halve(decimal)});
    show("one_body", {1.0 * split(whole), split(decimal)});
    show("by_count", {1.0 * share(whole), 1.0 * share(whole, 3)});
    show("chained", chained);
    show("by_own_type", {1.0 * weights(scale), 1.0 * weights(shift)});
    show("by_base_type", by_base_type);
    show("hidden", {hides.half(whole), hides.half(decimal)});
    show("brought_back", {1.0 * both.half(whole), both.half(decimal)});
}
