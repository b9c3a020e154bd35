#include "linearizability/run_check.h"

#include <chrono>
#include <iomanip>
#include <ostream>

#include "linearizability/checker.h"
#include "linearizability/history_file.h"
#include "linearizability/revisions.h"

namespace kvbus::linearizability {

int run_check(const std::filesystem::path& file, std::ostream& out, std::ostream& err) {
    const auto history = read_history(file);
    if (!history.ok()) {
        err << history.error().message << '\n';
        return 3;
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto report = check(*history);
    const auto complaints = check_revisions(*history);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;

    out << report.operations << " operations, " << report.keys << " keys, " << std::fixed
        << std::setprecision(3) << elapsed.count() << " s: " << name_of(report.verdict)
        << (complaints.empty() ? "" : ", revisions out of order") << '\n'
        << report.explanation;
    for (const auto& complaint : complaints)
        out << complaint << '\n';
    if (report.verdict == Verdict::not_linearizable || !complaints.empty()) return 1;
    return report.verdict == Verdict::linearizable ? 0 : 2;
}

}  // namespace kvbus::linearizability
