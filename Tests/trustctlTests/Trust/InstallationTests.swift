import SystemPackage
import Testing
import TrustCore

@testable import Certificates
@testable import EximControl

@Suite("Where certificates are installed")
struct InstallationTests {
    @Test("which way of trust is in force, by Exim's answers")
    func way() {
        func way(_ place: String?, _ macro: String? = nil) -> WayInForce {
            var values: [String: String] = [:]
            values[WayInForce.option] = place
            values[WayInForce.macro] = macro
            return WayInForce(values) { $0 == "/etc/trustd/certs" }
        }
        #expect(way("/etc/trustd/certs") == .directory("/etc/trustd/certs"))
        #expect(way("/etc/trustd/certs", "directory") == .directory("/etc/trustd/certs"))
        #expect(way("/etc/trustd/certs", "fingerprint") == .fingerprint)
        // A file, the system's authorities, what only Exim can expand, nothing.
        for place in ["/etc/ssl/one.pem", "system", "${if exists{/etc/x}{/etc/x}{/dev/null}}", "/etc/$domain", "", nil] {
            #expect(way(place) == .fingerprint)
        }
    }

    @Test("the attack: a CA certificate is not made an authority of the whole host unasked")
    func sharedDirectory() {
        for path: FilePath in ["/etc/ssl/certs", "/etc/pki/tls/certs", "/usr/local/share/ca-certificates", "/usr/lib/ssl/certs"] {
            #expect(TrustDirectory.isShared(path))
        }
        for path: FilePath in ["/etc/trustd/certs", "/etc/sslx", "/srv/etc/ssl"] { #expect(!TrustDirectory.isShared(path)) }
    }
}
