import Glibc

/// The variables that this process was given.
package enum ProcessEnvironment {
    /// Removes every variable but these. Before a library has read any.
    ///
    /// The attack: `su` and `sudo -E` keep variables of another user. The loader drops its own (`LD_*`), but libraries read dozens, and some name
    /// files, hosts or programs.
    package static func keep(only wanted: Set<String>) {
        var names: [String] = []
        var variable = environ
        while let text = variable.pointee {
            names.append(String(String(cString: text).prefix { $0 != "=" }))
            variable += 1
        }
        for name in names where !wanted.contains(name) { unsetenv(name) }
    }
}
