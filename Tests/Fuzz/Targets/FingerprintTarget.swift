import TrustCore

@testable import Certificates
@testable import EximControl
@testable import Host
@testable import Setup
@testable import Trust

/// What an operator types, or pastes from a stranger's mail, as the name of an entry.
enum FingerprintTarget {
    private static let x = "0123456789ABCDEF" + String(repeating: "0", count: 48)
    private static let y = "0123456789ABCDEF" + String(repeating: "1", count: 48)
    private static let z = "FEDCBA9876543210" + String(repeating: "2", count: 48)
    nonisolated(unsafe) private static let register = FuzzFolder.shared.register(
        list: """
            RELAY_FROM_CERTS = \\
            # alice's laptop, approved 2026-11-22 by root
            \(x) : \\
            # twins
            \(y) : \\
            # twins
            \(z) : \\
            # FEDCBA9876543210
            \(String(repeating: "C3", count: 32))

            """)

    static func take(_ bytes: [UInt8]) {
        let typed = String(decoding: bytes, as: UTF8.self)
        let resolved: Fingerprint
        do { resolved = try FingerprintReference.resolve(typed, in: register) } catch {
            demand(error.messages.allSatisfy(\.isPlain) && error.hint?.isPlain ?? true, "the reason for a refusal is plain text")
            return
        }
        if let whole = wholeDigits(typed) {
            demand(whole == resolved.description, "a whole fingerprint resolves to itself")
            return
        }
        let all = (try? register.records()) ?? [:]
        let labelled = all.values.filter { $0.item?.label.map { Array($0.utf8) } == Array(typed.utf8) }
        let digits = typed.unicodeScalars.filter { !": \t".unicodeScalars.contains($0) }.map { String($0).uppercased() }.joined()
        let begun = all.keys.filter { digits.utf8.count >= 16 && $0.description.hasPrefix(unprefixed(digits)) }
        let meant = Set(labelled.map(\.fingerprint)).union(begun)
        demand(meant == [resolved], "a beginning or a label resolves to the only entry that has it")
    }

    private static let prefixes = ["SHA256FINGERPRINT=", "SHA-256FINGERPRINT=", "SHA256"]

    private static func unprefixed(_ digits: String) -> String {
        prefixes.first { digits.hasPrefix($0) }.map { String(digits.dropFirst($0.count)) } ?? digits
    }

    /// The last 64 digits of the text, if only colons and blanks are between them, and only a title is before them.
    private static func wholeDigits(_ typed: String) -> String? {
        var digits: [Unicode.Scalar] = []
        var rest = typed.unicodeScalars[...]
        while let last = rest.last, digits.count < 64 {
            guard last.properties.isASCIIHexDigit || ": \t".unicodeScalars.contains(last) else { return nil }
            if last.properties.isASCIIHexDigit { digits.append(last) }
            rest = rest.dropLast()
        }
        guard digits.count == 64 else { return nil }
        let head = String(String.UnicodeScalarView(rest.filter { !": \t".unicodeScalars.contains($0) })).uppercased()
        guard unprefixed(head).isEmpty else { return nil }
        return String(String.UnicodeScalarView(digits.reversed())).uppercased()
    }
}
