package import Host
import SystemPackage

extension EximProgram {
    /// Whether Debian's configuration is split into many files. Debian's own script is asked: its settings are a shell script, which only a
    /// shell reads rightly. Throws `refused` when it does not say.
    package func isSplit(substitutions: [Program.Substitution] = []) throws(EximError) -> Bool {
        let result = try run(
            Program(
                DebianConfiguration.generator, ["--verbose", "-o", scratch.appending("asked").string], substitutions: substitutions))
        let text = String(decoding: result.output, as: UTF8.self)
        if text.contains("using split configuration scheme") { return true }
        guard text.contains("using non-split configuration scheme") else { throw .refused(Self.words(result)) }
        return false
    }
}
