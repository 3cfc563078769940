/// The PEM form of one certificate (RFC 7468), as OpenSSL writes it: base64 in lines of 64 digits between two marks.
package enum CertificatePEM {
    private static let begin = Array("-----BEGIN CERTIFICATE-----\n".utf8)
    private static let end = Array("-----END CERTIFICATE-----\n".utf8)
    private static let width = 64

    /// The whole text, for a certificate whose DER form is `digits` in base64.
    package static func text(base64 digits: [UInt8]) -> [UInt8] {
        var text = begin
        for start in stride(from: 0, to: digits.count, by: width) {
            text += digits[start..<min(start + width, digits.count)]
            text.append(UInt8(ascii: "\n"))
        }
        return text + end
    }

    /// What stands between the two marks, without the line ends; nil when the marks are not the first and the last line. It need not be
    /// base64.
    package static func body(of text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard text.count > begin.count + end.count, text.starts(with: begin), text.suffix(end.count).elementsEqual(end) else { return nil }
        return text.dropFirst(begin.count).dropLast(end.count).filter { $0 != UInt8(ascii: "\n") }[...]
    }
}
