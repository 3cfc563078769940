import Certificates
package import TrustCore

/// A message that waits in Exim's queue, by what Exim keeps about it.
package struct QueuedMessage: Equatable, Sendable {
    /// As `exim -bp` and the log have it.
    package let id: String
    /// Nil: the queue that has no name.
    package let queue: String?
    /// The certificate that the client showed when it handed the message in; nil when it showed none.
    package let certificate: Fingerprint?
    /// Whether Exim delivers it only when somebody lets it go.
    package let isFrozen: Bool
}

extension QueuedMessage {
    /// Reads a message's `-H` file (Exim's specification, "Format of spool files"; src/spool_in.c): four lines about the message, then one
    /// for each thing that is known about how it came, each with a hyphen before its name, then recipients and header. Nil when it is none.
    package init?(id: String, queue: String?, envelope bytes: [UInt8]) {
        var rest = bytes[...]
        guard rest.takeLine() == Array("\(id)-H".utf8)[...] else { return nil }
        for _ in 0..<3 { guard rest.takeLine() != nil else { return nil } }
        var certificate: Fingerprint?
        var isFrozen = false
        while rest.first == UInt8(ascii: "-"), let line = rest.takeLine() {
            let (name, value) = Self.parts(of: line)
            switch name {
            case "frozen": isFrozen = true
            case "tls_peercert": certificate = Self.fingerprint(of: value)
            // The attack: a client has an ACL keep words of his in a variable, and among them such a line about another certificate.
            case "aclc", "aclm":
                let length = value.split(separator: UInt8(ascii: " ")).last.flatMap { Decimal.number($0) } ?? 0
                guard length >= 0, length < rest.count else { return nil }
                rest = rest.dropFirst(length + 1)
            default: break
            }
        }
        // A file that ends here is not whole.
        guard let next = rest.first, next != UInt8(ascii: "-") else { return nil }
        self.init(id: id, queue: queue, certificate: certificate, isFrozen: isFrozen)
    }

    /// `-name value`. A second hyphen says that the value came from a stranger, and words in brackets how it was quoted.
    private static func parts(of line: ArraySlice<UInt8>) -> (name: String, value: ArraySlice<UInt8>) {
        var rest = line.drop { $0 == UInt8(ascii: "-") }
        if rest.first == UInt8(ascii: "(") { rest = rest.drop { $0 != UInt8(ascii: ")") }.dropFirst() }
        let name = rest.prefix { $0 != UInt8(ascii: " ") }
        return (String(decoding: name, as: UTF8.self), rest.dropFirst(name.count + 1))
    }

    /// Of a certificate in PEM form, in which Exim has written the line ends as `\n`.
    private static func fingerprint(of value: ArraySlice<UInt8>) -> Fingerprint? {
        var text: [UInt8] = []
        var rest = value
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "n") {
                rest = rest.dropFirst()
                text.append(UInt8(ascii: "\n"))
            } else {
                text.append(byte)
            }
        }
        return CertificatePEM.body(of: text[...]).flatMap { Base64.decode(Array($0)) }.flatMap { try? Fingerprint(of: $0) }
    }

    /// Whether Exim makes such names (src/receive.c): three groups of letters and digits, longer ones since 4.97.
    static func isName(_ text: some StringProtocol) -> Bool {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return [[6, 6, 2], [6, 11, 4]].contains(groups.map(\.count)) && groups.joined().allSatisfy(\.isLetterOrDigit)
    }
}

extension ArraySlice<UInt8> {
    /// Removes the first line and returns it without its end; nil when no line ends.
    fileprivate mutating func takeLine() -> ArraySlice<UInt8>? {
        guard let end = firstIndex(of: 0x0A) else { return nil }
        defer { self = self[(end + 1)...] }
        return self[..<end]
    }
}
