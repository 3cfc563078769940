import CPostgres
import TrustCore

/// Where a database is: the `host=… port=… dbname=… user=…` of a configuration, one connection for each host.
///
/// libpq can go through several hosts by itself, but without a time limit for each when it is used asynchronously: a first host that is
/// silent would keep it from the second.
package struct PostgresPlace: Equatable, Sendable {
    /// What PQconnectStartParams takes.
    package typealias Settings = [String: String]

    package enum Fault: Error, Equatable, CustomStringConvertible {
        case unreadable(String)
        case notAllowed(String)
        case missing(String)
        case differentNumbers

        package var description: String {
            switch self {
            case .unreadable(let text): "cannot be read: \(Printable(text, limit: 200))"
            case .notAllowed(let key): "\(Printable(key, limit: 40)) cannot be set here"
            case .missing(let key): "\(key) is missing"
            case .differentNumbers: "there are not as many ports as hosts"
            }
        }
    }

    /// What the text may say. All else has one right value here, or opens a file, a service or a server's option that nobody reviewed.
    private static let allowed: Set = ["host", "hostaddr", "port", "dbname", "user"]

    /// One for each host, in their order.
    package let hosts: [Settings]

    /// Reads libpq's keyword form. A name or an address is needed, and dbname and user.
    package init(_ text: String) throws(Fault) {
        let given = try Self.options(text)
        for key in given.keys.sorted() where !Self.allowed.contains(key) { throw .notAllowed(key) }
        for key in ["dbname", "user"] where given[key] == nil { throw .missing(key) }
        func list(_ key: String) -> [String]? { given[key]?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
        guard let count = (names ?? addresses)?.count else { throw .missing("host") }
        guard names == nil || addresses == nil || addresses?.count == count, ports == nil || ports?.count == 1 || ports?.count == count
        else {
            throw .differentNumbers
        }
        hosts = (0..<count).map { index in
            var settings = given
            settings["host"] = names?[index]
            settings["hostaddr"] = addresses?[index]
            settings["port"] = ports.map { $0.count == 1 ? $0[0] : $0[index] }
            return settings.filter { !$0.value.isEmpty }
        }
        guard hosts.allSatisfy({ $0["host"] != nil || $0["hostaddr"] != nil }) else { throw .missing("host") }
    }

    private static func options(_ text: String) throws(Fault) -> Settings {
        var message: UnsafeMutablePointer<CChar>?
        guard let first = PQconninfoParse(text, &message) else {
            defer { PQfreemem(message) }
            throw .unreadable(message.map { String(cString: $0).oneLine } ?? "out of memory")
        }
        defer { PQconninfoFree(first) }
        var given: Settings = [:]
        var option = first
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { given[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return given
    }
}
