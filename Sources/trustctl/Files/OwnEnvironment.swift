import Glibc

/// trustctl's own environment, which comes from whoever called it.
enum OwnEnvironment {
    /// What we read: colours, the client's folder, who says to have called sudo, the journal, the shell that completions are for.
    private static let wanted: Set<String> = ["TERM", "NO_COLOR", "COLUMNS", "HOME", "SUDO_USER", "JOURNAL_STREAM", "SHELL"]

    /// Takes out what nothing of ours asks for.
    ///
    /// The attack: `su` and `sudo -E` take variables of another user's along. The loader drops its own there (`LD_*`) and not those of the
    /// libraries: with OPENSSL_CONF root would load that user's code, with DBUS_SYSTEM_BUS_ADDRESS believe his bus.
    static func clear() {
        var names: [String] = []
        var variable = environ
        while let text = variable.pointee {
            names.append(String(String(cString: text).prefix { $0 != "=" }))
            variable += 1
        }
        for name in names where !wanted.contains(name) { unsetenv(name) }
    }
}
