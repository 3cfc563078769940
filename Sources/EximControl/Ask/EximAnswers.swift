package import Host
import SystemPackage
import TrustCore

/// What Exim says about the configuration that it reads (`exim -bP`, `exim -bV`): its own answers, whatever way the text is written.
package struct EximAnswers {
    /// The values of the options and macros that were asked for. A switch is `true` or `false`; a macro that is not defined is missing.
    package let values: [String: String]
    package let version: String
    package let library: TLSLibrary

    /// What Exim does TLS with: the two differ in which certificates they look at.
    package enum TLSLibrary: String {
        case gnuTLS = "GnuTLS"
        case openSSL = "OpenSSL"
        case none
    }

    /// The value of an option or a macro; an empty one is nil, as Exim takes it for not set.
    package subscript(name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }
}

extension EximProgram {
    /// Asks Exim, as it reads its configuration now, for its main options and for macros.
    /// With `substitutions`, as it would read it then. Throws `refused` when it does not accept its own configuration.
    package func answers(
        options: [String], macros: [String] = [], substitutions: [Program.Substitution] = []
    ) throws(EximError) -> EximAnswers {
        let given = configuration.map { ["-C", $0.string] } ?? []
        let about = try run(Program(binary, given + ["-bV"], substitutions: substitutions))
        guard about.status == 0 else { throw .refused(Self.words(about)) }
        let values = try values(options: options, macros: macros, substitutions: substitutions)
        let text = String(decoding: about.output, as: UTF8.self)
        let support = text.split(separator: "\n").first { $0.hasPrefix("Support for:") }?.split(separator: " ") ?? []
        let library: EximAnswers.TLSLibrary = support.contains("GnuTLS") ? .gnuTLS : support.contains("OpenSSL") ? .openSSL : .none
        let version = text.split(separator: " ").dropFirst(2).first.map(String.init) ?? ""
        return EximAnswers(values: values, version: version, library: library)
    }

    /// The values alone, in the time of one question; what Exim does not know is missing.
    package func values(
        options: [String], macros: [String] = [], substitutions: [Program.Substitution] = []
    ) throws(EximError) -> [String: String] {
        let given = configuration.map { ["-C", $0.string] } ?? []
        let result = try run(
            Program(binary, given + ["-bP"] + options + macros.flatMap { ["macro", $0] }, substitutions: substitutions))
        // A macro that is not there is no failure; a configuration that Exim does not read is one.
        guard result.status == 0 || !result.output.isEmpty else { throw .refused(Self.words(result)) }
        var values: [String: String] = [:]
        for line in String(decoding: result.output, as: UTF8.self).split(separator: "\n") {
            if let equals = line.firstIndex(of: "=") {
                let name = String(line[..<equals].trimmed)
                // The first one: what a value holds on its further lines is no answer.
                if values[name] == nil { values[name] = String(line[line.index(after: equals)...].trimmed) }
            } else if options.contains(String(line)) {
                values[String(line)] = "true"
            } else if line.hasPrefix("no_"), options.contains(String(line.dropFirst(3))) {
                values[String(line.dropFirst(3))] = "false"
            } else if line.hasPrefix("/"), options.contains("configure_file"), values["configure_file"] == nil {
                values["configure_file"] = String(line)
            }
        }
        return values
    }
}
