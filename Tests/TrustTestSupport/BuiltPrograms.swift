import Glibc

/// The programs under test, which the build puts beside the test bundle; trustd, trustctl and trustsync of the folder TRUSTD_PROGRAMS where that is set.
package enum BuiltPrograms {
    package static let trustd = named("trustd")
    package static let trustctl = named("trustctl")
    package static let trustsync = named("trustsync")
    /// Kills a program, or makes it fail, at one system call (Tests/Stepper).
    package static let stepper = path(of: "stepper")

    private static func named(_ program: String) -> String {
        getenv("TRUSTD_PROGRAMS").map { real("\(String(cString: $0))/\(program)") } ?? path(of: program)
    }

    /// Searches upwards from the running test bundle. If another process loaded the bundle, its path is among the arguments.
    private static func path(of program: String) -> String {
        var places = CommandLine.arguments.filter { $0.contains(".xctest") || $0.contains("/") }
        if let own = SceneProcesses.program(of: getpid()) { places.append(own) }
        for place in places {
            var steps = place.split(separator: "/", omittingEmptySubsequences: false)
            while steps.count > 1 {
                steps.removeLast()
                let candidate = steps.joined(separator: "/") + "/" + program
                if steps.last != "", access(candidate, X_OK) == 0, isFile(candidate) { return real(candidate) }
                // Not above the build folder: an installed trustctl is not the one under test.
                if steps.last?.hasPrefix(".build") == true { break }
            }
        }
        return "\(ShippedFiles.project)/.build/debug/\(program)"
    }

    /// The path without links, as the kernel reports the program of a process.
    private static func real(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
