package import Host
import SystemPackage
import TrustCore

/// What Exim says about the configuration that it reads (`exim -bP`, `exim -bV`), however that text is written.
package struct EximAnswers {
    /// The values of the options and macros that were asked for. A switch is `true` or `false`; a macro that is not defined is missing.
    package let values: [String: String]
    package let version: String
    package let library: TLSLibrary
    /// Its built-in lookups, as it names them.
    package let lookups: [String]

    /// The library with which Exim does TLS. The two differ in which certificates of a folder they read.
    package enum TLSLibrary: String {
        case gnuTLS = "GnuTLS"
        case openSSL = "OpenSSL"
        case none
    }

    /// The value of an option or a macro; an empty one is nil, as Exim takes it for not set.
    package subscript(name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// The trust list, when `ListForm.macroName` was among the macros that were asked for; nil when Exim knows none.
    package var list: ListValue? { values[ListForm.macroName].map { ListValue($0) } }
}

extension EximProgram {
    /// Asks Exim for its main options and for macros, with its configuration as it is, or as it would be with `substitutions`.
    /// Throws `refused` when Exim does not accept its own configuration.
    package func answers(
        options: [String], macros: [String] = [], substitutions: [Program.Substitution] = []
    ) throws(EximError) -> EximAnswers {
        let text = try about(substitutions: substitutions)
        let values = try values(options: options, macros: macros, substitutions: substitutions)
        let version = text.split(separator: " ").dropFirst(2).first.map(String.init) ?? ""
        return EximAnswers(values: values, version: version, library: Self.library(in: text), lookups: Self.lookups(in: text))
    }

    /// The values alone, with one start of Exim; what Exim does not know is missing.
    package func values(
        options: [String], macros: [String] = [], substitutions: [Program.Substitution] = []
    ) throws(EximError) -> [String: String] {
        let result = try run(
            Program(binary, self.options + ["-bP"] + options + macros.flatMap { ["macro", $0] }, substitutions: substitutions))
        // An unknown macro is not a failure; a configuration that Exim does not accept is one.
        guard result.status == 0 || !result.output.isEmpty else { throw .refused(Self.words(result)) }
        var values: [String: String] = [:]
        for line in String(decoding: result.output, as: UTF8.self).split(separator: "\n") {
            if let equals = line.firstIndex(of: "=") {
                let name = String(line[..<equals].trimmed)
                // Only the first one counts: further lines of a value are not answers.
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
