import Foundation

/// The other form of a certificate that a P-256 key has signed, which anybody can compute: an ECDSA signature (r, s) is as right as
/// (r, n - s), where n is the order of the curve's group (FIPS 186-5, 6.4.2; SEC 1, 4.1.4).
package enum OtherForm {
    private static let order: [UInt8] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ]

    /// Writes it beside the certificate in `file`, and returns where.
    package static func write(of file: String) throws -> String {
        let lines = try File.read(file).split(separator: "\n").filter { !$0.hasPrefix("-") }
        guard let der = Data(base64Encoded: lines.joined()) else { throw NothingCame(description: "\(file) is no certificate") }
        let other = Data(changed(Array(der))).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        try File.write(file + ".other", "-----BEGIN CERTIFICATE-----\n\(other)\n-----END CERTIFICATE-----\n")
        return file + ".other"
    }

    private static func changed(_ der: [UInt8]) -> [UInt8] {
        let parts = elements(content(der))
        // Behind the count of unused bits.
        let numbers = elements(content(Array(content(parts[2]).dropFirst())))
        var s = content(numbers[1]).drop { $0 == 0 }.map { Int($0) }
        s = Array(repeating: 0, count: 32 - s.count) + s
        var other = [UInt8](repeating: 0, count: 32)
        var borrow = 0
        for index in (0..<32).reversed() {
            let difference = Int(order[index]) - s[index] - borrow
            borrow = difference < 0 ? 1 : 0
            other[index] = UInt8(truncatingIfNeeded: difference)
        }
        other = Array(other.drop { $0 == 0 })
        if other[0] >= 0x80 { other.insert(0, at: 0) }
        let signature = element(0x30, numbers[0] + element(0x02, other))
        return element(0x30, parts[0] + parts[1] + element(0x03, [0] + signature))
    }

    /// A DER element.
    package static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        switch count {
        case ..<0x80: return [tag, UInt8(count)] + content
        case ..<0x100: return [tag, 0x81, UInt8(count)] + content
        default: return [tag, 0x82, UInt8(count >> 8), UInt8(count & 0xFF)] + content
        }
    }

    /// Where the content of the element at the beginning starts, and where it ends.
    private static func range(_ bytes: [UInt8]) -> Range<Int> {
        guard bytes[1] >= 0x80 else { return 2..<(2 + Int(bytes[1])) }
        let digits = Int(bytes[1] & 0x7F)
        let count = bytes[2..<(2 + digits)].reduce(0) { $0 << 8 | Int($1) }
        return (2 + digits)..<(2 + digits + count)
    }

    private static func content(_ bytes: [UInt8]) -> [UInt8] { Array(bytes[range(bytes)]) }

    private static func elements(_ bytes: [UInt8]) -> [[UInt8]] {
        var (rest, found): ([UInt8], [[UInt8]]) = (bytes, [])
        while !rest.isEmpty {
            let end = range(rest).upperBound
            found.append(Array(rest[..<end]))
            rest = Array(rest[end...])
        }
        return found
    }
}
