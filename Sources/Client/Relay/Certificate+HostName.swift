import Certificates
import TrustCore

extension Certificate {
    /// Whether every TLS library that checks names finds this host name or address in the certificate. False where that is not sure: the
    /// check is then omitted, and the fingerprint alone decides.
    func bears(_ host: String) -> Bool {
        let host = host.lowercased()
        if let address = Address(host) {
            return subjectAlternativeNames.contains { $0.hasPrefix("IP:") && Address($0.dropFirst(3)) == address }
        }
        let names = subjectAlternativeNames.filter { $0.hasPrefix("DNS:") }.map { $0.dropFirst(4).lowercased() }
        // GnuTLS looks for a name in the subject only when the certificate is meant for servers.
        if names.isEmpty { return subject.lowercased() == "cn=\(host)" && mayServe }
        return names.contains(host) || host.firstIndex(of: ".").map { names.contains("*" + host[$0...]) } ?? false
    }
}
