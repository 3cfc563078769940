import TrustCore

extension Certificate {
    /// The largest file that is read. A PEM certificate with the text of `openssl x509 -text` fits.
    package static let maximumFileSize = 262_144

    /// The one certificate in a file, PEM or DER; `name` is for the error.
    ///
    /// The attack: a file with several certificates, of which the operator compares one and approves another. A private key in the file is
    /// refused too: it is no longer known to its owner alone, and the operator must hear of that.
    package static func read(file bytes: [UInt8], name: String) throws(CertificateError) -> Certificate {
        do {
            return try Certificate(der: try der(in: bytes))
        } catch {
            throw CertificateError(error.reason, file: Printable(name))
        }
    }

    /// The DER form of the one certificate in the file. Whether it is a certificate is not checked.
    package static func der(in bytes: [UInt8]) throws(CertificateError) -> [UInt8] {
        guard bytes.count <= maximumFileSize else { throw CertificateError(.tooLarge(limit: maximumFileSize)) }
        guard bytes.contains(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { throw CertificateError(.empty) }
        if isDER(bytes) {
            let rest = DERShape.rest(of: bytes)
            try refusePrivateKey(in: rest)
            return bytes
        }
        try refusePrivateKey(in: bytes[...])
        return try der(among: try PEM.blocks(in: bytes))
    }

    /// No text begins with a SEQUENCE of long length. A short one begins with “0”, as a text may: there the contents decide.
    private static func isDER(_ bytes: [UInt8]) -> Bool {
        bytes.count > 1 && bytes[0] == 0x30 && ((0x80...0x84).contains(bytes[1]) || DERShape(of: bytes[...]) != nil)
    }

    static func refusePrivateKey(in bytes: ArraySlice<UInt8>) throws(CertificateError) {
        if PEM.mentionsPrivateKey(bytes) { throw CertificateError(.privateKey(form: "PEM")) }
        // In DER form, at the beginning of the bytes or of any line.
        for start in bytes.indices
        where bytes[start] == 0x30 && (start == bytes.startIndex || bytes[start - 1] == 0x0A) {
            if case .privateKey(let form) = DERShape(of: bytes[start...]) { throw CertificateError(.privateKey(form: form)) }
        }
    }

    private static func der(among blocks: [PEM.Block]) throws(CertificateError) -> [UInt8] {
        for block in blocks {
            // Whatever the label says.
            if let content = block.content, case .privateKey(let form) = DERShape(of: content[...]) {
                throw CertificateError(.privateKey(form: form))
            }
        }
        guard let first = blocks.first else { throw CertificateError(.unknown) }
        let certificates = blocks.filter { ["CERTIFICATE", "X509 CERTIFICATE"].contains($0.label) }
        guard let block = certificates.first else { throw CertificateError(reason(label: first.label)) }
        guard certificates.count == 1 else { throw CertificateError(.several(count: certificates.count)) }
        if let other = blocks.first(where: { $0 != block }) { throw CertificateError(.alsoHolds(Printable(other.label, limit: 60))) }
        guard let der = block.content else { throw CertificateError(.notBase64(line: block.line)) }
        return der
    }

    private static func reason(label: String) -> CertificateError.Reason {
        switch label {
        case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST": .request
        case "X509 CRL": .revocationList
        case _ where label.hasSuffix("PUBLIC KEY"): .publicKey
        case "TRUSTED CERTIFICATE": .trustedCertificate
        case "PKCS7", "PKCS #7 SIGNED DATA", "CMS": .bundle
        default: .other(label: Printable(label, limit: 60))
        }
    }
}
