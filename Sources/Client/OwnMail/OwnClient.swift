import Certificates
import Glibc
import Host
import SystemPackage
import TrustCore

/// What a mail program of this host must use: the relay, its pinned certificate, and the client's own.
struct OwnClient {
    let relay: RelayName
    /// TLS from the first byte.
    let implicit: Bool
    let pinned: Certificate
    let own: Certificate
    let folder: ClientFolder
    /// What the relay showed with its certificate, in DER form.
    var chain: [[UInt8]] = []
    /// Whether `client setup` has set a mail program up for this relay, and was not taken back.
    var isSetUp = false

    /// The relay's addresses, as the system's resolver tells them; empty when it does not.
    var addresses: Set<String> {
        if let address = Address(relay.host) { return [address.description] }
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(relay.host, nil, &hints, &found) == 0, let found else { return [] }
        defer { freeaddrinfo(found) }
        var addresses: Set<String> = []
        for entry in sequence(first: found, next: { $0.pointee.ai_next }) {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard getnameinfo(entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            else { continue }
            let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if let address = Address(name) { addresses.insert(address.description) }
        }
        return addresses
    }

    /// Whether the folder is the one whose files `file` names, or root's: a user's folder may be beside that of root, whose certificate Exim
    /// shows for everybody.
    func answers(for file: String) -> Bool { geteuid() == 0 || file.hasPrefix(folder.path.string + "/") }

    /// The command that makes a mail program use the pin.
    var setup: String { "trustctl client setup \(relay)" + (implicit && !relay.beginsWithTLS ? " --implicit-tls" : "") }

    /// Why a file does not hold the certificate's key; nil when it does, or when this user may not read it.
    func keyFault(of file: FilePath) -> String? {
        do throws(Failure) {
            guard let bytes = try folder.contents(file) else { return "is not there" }
            guard let key = try? PrivateKey(pem: bytes), (try? key.belongs(to: own)) == true else { return "is not the certificate's key" }
            return nil
        } catch { return error.exit == .notPermitted ? nil : "cannot be read: \(error.reason)" }
    }

    /// Why a file does not show the client's certificate first; nil when it does.
    func difference(of file: FilePath) -> String? {
        let bytes: [UInt8]?
        do { bytes = try folder.contents(file) } catch { return "cannot be read: \(error.reason)" }
        guard let bytes else { return "is not there" }
        guard let first = Certificate.fingerprints(inPEM: bytes).first else { return "holds no certificate" }
        return first == own.fingerprint ? nil : "holds another certificate, \(first)"
    }
}
