import Host

extension EximProgram {
    /// The library with which this Exim does TLS.
    package func library() throws(EximError) -> EximAnswers.TLSLibrary {
        Self.library(in: try about())
    }

    /// What `exim -bV` prints. Throws `refused` when Exim does not accept its own configuration.
    func about(substitutions: [Program.Substitution] = []) throws(EximError) -> String {
        let about = try run(Program(binary, options + ["-bV"], substitutions: substitutions))
        guard about.status == 0 else { throw .refused(Self.words(about)) }
        return String(decoding: about.output, as: UTF8.self)
    }

    /// Reads `exim -bV`.
    static func library(in text: String) -> EximAnswers.TLSLibrary {
        let support = text.split(separator: "\n").first { $0.hasPrefix("Support for:") }?.split(separator: " ") ?? []
        return support.contains("GnuTLS") ? .gnuTLS : support.contains("OpenSSL") ? .openSSL : .none
    }
}
