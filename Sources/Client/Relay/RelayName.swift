package import Host
import SystemPackage
import TrustCore

/// A relay's host name or address, and its port.
package struct RelayName: Equatable, CustomStringConvertible {
    /// In lower case; an address without brackets.
    let host: String
    let port: Int

    static let usualPort = 25

    /// `mail.example.org`, `mail.example.org:587`, `192.0.2.1:465`, `[2001:db8::1]:25`.
    package init(_ text: String) throws(Failure) {
        let wrong = Failure(
            "“\(Printable(text, limit: 80))” is not a relay", .usage,
            hint: "give a host name or an address, and after a colon the port if it is not 25")
        var host = Substring(text)
        var port: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw wrong }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":", Address(host)?.description.contains(":") == true else { throw wrong }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if Address(text) == nil, let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        let number = port.map { Decimal.number(Array($0.utf8)) ?? 0 } ?? Self.usualPort
        guard (1...65_535).contains(number) else { throw wrong }
        if let address = Address(host) {
            self.host = address.description
        } else {
            guard Self.isName(host) else { throw wrong }
            self.host = host.lowercased()
        }
        self.port = number
    }

    /// Whether it is a host name that is safe in a file's name, in Exim's configuration and on a command line.
    package static func isName(_ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...253).contains(bytes.count), let first = bytes.first, first != UInt8(ascii: "-"), first != UInt8(ascii: ".") else {
            return false
        }
        return bytes.allSatisfy { $0.isLetterOrDigit || "-._".utf8.contains($0) }
    }

    var isAddress: Bool { Address(host) != nil }
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    var fileName: String { "\(host)_\(port).pem" }
    /// Port 465 uses TLS from the first byte (RFC 8314); 25 and 587 begin in plain text.
    package var beginsWithTLS: Bool { port == 465 }
}
