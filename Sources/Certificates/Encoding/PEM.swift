import CLinux
import FoundationEssentials
import TrustCore

/// The blocks of a PEM file (RFC 7468). Text around them is allowed, as openssl(1) writes it.
package enum PEM {
    struct Block: Equatable {
        let label: String
        /// The line where it begins.
        let line: Int
        /// The decoded base64; nil when it is not base64.
        let content: [UInt8]?
    }

    /// A file with one certificate.
    package static func certificate(_ der: [UInt8]) -> [UInt8] { CertificatePEM.text(base64: Array(Data(der).base64EncodedString().utf8)) }

    /// Whether a private key of any kind (RSA, EC, encrypted, OpenSSH, PGP, …) begins or ends anywhere in `bytes`, also in a broken block and
    /// in the middle of a line: half a secret is a secret too. Zero bytes are ignored, so that UTF-16 hides nothing.
    package static func mentionsPrivateKey(_ bytes: ArraySlice<UInt8>) -> Bool {
        let text = bytes.contains(0) ? bytes.filter { $0 != 0 } : Array(bytes)
        return ["PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"].contains { (words: String) in
            text.withUnsafeBytes { clinux_find($0.baseAddress, $0.count, words, words.utf8.count) != nil }
        }
    }

    /// All blocks, in order.
    static func blocks(in bytes: [UInt8]) throws(CertificateError) -> [Block] {
        var blocks: [Block] = []
        var open: (label: String, line: Int, text: [UInt8])?
        for (index, raw) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let line = trimmed(raw)
            if let label = label(of: line, after: "-----BEGIN ") {
                if let open { throw CertificateError(.unfinished(line: open.line)) }
                open = (label, index + 1, [])
            } else if let label = label(of: line, after: "-----END ") {
                guard let block = open, block.label == label else { throw CertificateError(.unfinished(line: open?.line ?? index + 1)) }
                blocks.append(Block(label: label, line: block.line, content: Base64.decode(block.text)))
                open = nil
            } else {
                open?.text += line
            }
        }
        if let open { throw CertificateError(.unfinished(line: open.line)) }
        return blocks
    }

    /// Whether OpenSSL would find a certificate in it.
    package static func holdsCertificate(_ bytes: [UInt8]) -> Bool { !certificates(in: bytes).isEmpty }

    /// The contents of the blocks in which a TLS library looks for certificates.
    static func certificates(in bytes: [UInt8]) -> [[UInt8]] {
        let labels: Set<String> = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]
        return ((try? blocks(in: bytes)) ?? []).filter { labels.contains($0.label) }.compactMap(\.content)
    }

    private static func label(of line: ArraySlice<UInt8>, after words: String) -> String? {
        guard line.starts(with: words.utf8), line.suffix(5).elementsEqual("-----".utf8), line.count >= words.utf8.count + 5 else {
            return nil
        }
        return String(decoding: line.dropFirst(words.utf8.count).dropLast(5), as: UTF8.self)
    }

    /// Without blanks, tabs and carriage returns at both ends, and without the byte order mark that some editors write.
    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        while let first = line.first, [0x20, 0x09, 0x0D].contains(first) { line = line.dropFirst() }
        while let last = line.last, [0x20, 0x09, 0x0D].contains(last) { line = line.dropLast() }
        return line
    }
}
