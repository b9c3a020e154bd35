#include "sim/kept_plans.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/options.h"
#include "simulated/mutants.h"

namespace kvbus::sim {
namespace {

std::string text_of(const std::string& file) {
    std::ifstream stream{file};
    std::ostringstream text;
    if (!(text << stream.rdbuf())) throw BadInput{"cannot read " + file + ", or it is empty"};
    return std::move(text).str();
}

Plan plan_in(const std::string& file, const std::string& text) {
    const auto plan = parse_plan(text);
    if (!plan.ok()) throw BadInput{file + ": " + plan.error().message};
    return *plan;
}

std::string mutant_in(const std::string& text) {
    constexpr std::string_view key = "# mutant ";
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(key)) return line.substr(key.size());
    return {};
}

KeptPlan read_kept_plan(const std::string& file) {
    const std::string text = text_of(file);
    KeptPlan kept{file, mutant_in(text), plan_in(file, text)};
    if (!simulated::mutant_named(kept.mutant))
        throw BadInput{file + ": the line '# mutant NAME' is missing, or names none of --list-mutants"};
    return kept;
}

}  // namespace

Plan read_plan(const std::string& file) {
    return plan_in(file, text_of(file));
}

std::vector<KeptPlan> read_kept_plans(const std::string& directory) {
    namespace fs = std::filesystem;
    if (!fs::is_directory(directory)) throw BadInput{directory + " is no directory"};
    std::vector<KeptPlan> plans;
    for (const auto& file : fs::directory_iterator{directory})
        if (file.path().extension() == ".plan") plans.push_back(read_kept_plan(file.path()));
    if (plans.empty()) throw BadInput{"no file in " + directory + " is called *.plan"};
    std::ranges::sort(plans, {}, &KeptPlan::file);
    return plans;
}

}  // namespace kvbus::sim
