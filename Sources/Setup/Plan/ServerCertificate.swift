import Certificates
import Host
import TrustCore

/// A certificate for Exim where it has none: without one there is no TLS, and without TLS no client shows its certificate.
enum ServerCertificate {
    /// The certificate and its key, self-signed for `host`. Those of an earlier setup stay: a repeated setup must come to the same bytes. None
    /// when the administrator has put his own in their place: they are his.
    static func files(_ places: SetupPlaces, host: String, _ files: ConfigurationFiles) throws(Failure) -> [WantedFile] {
        let (certificate, key) = (files.record?[places.certificate], files.record?[places.key])
        if let now = try files.now(places.certificate), let secret = try files.now(places.key),
            now != certificate.map({ Array($0.after) }) || secret != key.map({ Array($0.after) })
        {
            return []
        }
        if let certificate, let key {
            return [certificate, key].map { entry in
                var file = WantedFile(path: entry.file, base: nil, after: Array(entry.after), purpose: entry.purpose)
                file.isSecret = entry.isSecret
                return file
            }
        }
        do throws(OpenSSLError) {
            let key = try PrivateKey()
            let isName = !host.isEmpty && host.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            let draft = CertificateDraft(
                .server, commonName: String(host.prefix(64)), alternativeNames: isName ? [.dns(host)] : [], days: 3_650)
            let certificate = WantedFile(
                path: places.certificate, base: nil, after: Array(try draft.selfSigned(with: key).pemText.utf8),
                purpose: "Exim's own certificate, for TLS: it has none")
            var secret = WantedFile(
                path: places.key, base: nil, after: try key.pem(), purpose: "the key of that certificate, for root and Exim's group")
            secret.isSecret = true
            return [certificate, secret]
        } catch { throw Failure(error.description, .notSound) }
    }
}
