import TrustCore

/// Base64 of RFC 4648, section 5, without padding: for URIs.
enum Base64URL {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        let text = Bits.regrouped(bytes, from: 8, to: 6, completes: true).map { digits[Int($0)] }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes whose `text` this is; nil for anything else, also for another spelling: the last digit may have bits that no byte needs.
    static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
        let usual = text.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0 }
        let padding = [UInt8](repeating: UInt8(ascii: "="), count: (4 - usual.count % 4) % 4)
        guard padding.count < 3, let bytes = Base64.decode(usual + padding), self.text(bytes).utf8.elementsEqual(text) else { return nil }
        return bytes
    }
}
