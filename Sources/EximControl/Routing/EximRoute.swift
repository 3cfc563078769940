package import Host
import TrustCore

/// The way that a message to one address takes, as `exim -bt` says: the router, the transport and the hosts.
package struct EximRoute: Equatable {
    package let router: String
    package let transport: String
    /// In the order in which Exim tries them; empty for a local delivery, or when the transport itself names them.
    package var hosts: [Host] = []

    package struct Host: Equatable, CustomStringConvertible {
        package let name: String
        package let address: String
        /// Nil: the transport decides.
        package let port: Int?

        package var description: String { "\(name) [\(address)]" + (port.map { ":\($0)" } ?? "") }
    }
}

extension EximRoute {
    /// Reads what `exim -bt` writes on its standard output.
    ///
    ///     postmaster@check.invalid
    ///       router = smarthost, transport = remote_smtp_smarthost
    ///       host relay.example [192.0.2.25] port=587
    static func all(in text: String) -> [EximRoute] {
        var routes: [EximRoute] = []
        for line in text.split(separator: "\n").map(\.trimmed) {
            if line.hasPrefix("router = "), let comma = line.firstIndex(of: ",") {
                let router = line[..<comma].dropFirst("router = ".count)
                let rest = line[line.index(after: comma)...].trimmed
                guard rest.hasPrefix("transport = ") else { continue }
                let transport = rest.dropFirst("transport = ".count).prefix { $0 != "," && $0 != " " }
                routes.append(EximRoute(router: String(router), transport: String(transport)))
            } else if line.hasPrefix("host "), !routes.isEmpty, let host = Host(line) {
                routes[routes.count - 1].hosts.append(host)
            }
        }
        return routes
    }
}

extension EximRoute.Host {
    /// Reads `host NAME [ADDRESS] MX=10 port=25`.
    fileprivate init?(_ line: some StringProtocol) {
        let words = line.split(separator: " ")
        guard words.count >= 3, words[2].hasPrefix("["), words[2].hasSuffix("]") else { return nil }
        name = String(words[1])
        address = String(words[2].dropFirst().dropLast())
        port = words.dropFirst(3).first { $0.hasPrefix("port=") }.flatMap { Decimal.number(Array($0.dropFirst(5).utf8)) }
    }
}

extension EximProgram {
    /// The ways of a message to `address`; none, with Exim's own words, when it cannot be delivered. Exim looks hosts up, which may take
    /// long.
    package func routes(of address: String, within limit: Duration) throws(EximError) -> (routes: [EximRoute], words: String) {
        var question = Program(binary, options + ["-bt", "--", address])
        question.timeLimit = limit
        let answer = try run(question)
        let text = String(decoding: answer.output, as: UTF8.self)
        let lines = text.split(separator: "\n").map { String($0.trimmed) }.filter { !$0.isEmpty }
        // Exim says on its standard error what it does, and also why it cannot read its configuration.
        guard !lines.isEmpty || answer.status == 0 else { throw .refused(Self.words(answer)) }
        return (EximRoute.all(in: text), Printable(lines.joined(separator: " "), limit: 300).description)
    }

    /// The options of a transport, as Exim prints them; a switch is `true` or `false`.
    package func transport(_ name: String, substitutions: [Program.Substitution] = []) throws(EximError) -> [String: String] {
        let result = try run(Program(binary, options + ["-bP", "transport", name], substitutions: substitutions))
        guard result.status == 0 else { throw .refused(Self.words(result)) }
        var values: [String: String] = [:]
        for line in String(decoding: result.output, as: UTF8.self).split(separator: "\n") {
            if let equals = line.firstIndex(of: "=") {
                values[String(line[..<equals].trimmed)] = String(line[line.index(after: equals)...].trimmed)
            } else {
                values[line.hasPrefix("no_") ? String(line.dropFirst(3)) : String(line)] = line.hasPrefix("no_") ? "false" : "true"
            }
        }
        return values
    }
}
