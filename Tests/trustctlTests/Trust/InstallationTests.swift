import SystemPackage
import Testing
import TrustCore

@testable import Certificates
@testable import EximControl

@Suite("Where certificates are installed")
struct InstallationTests {
    @Test("the way of trust follows from Exim's answers")
    func way() {
        func way(_ place: String?, _ macro: String? = nil, _ rules: String? = "2") -> WayOfTrust.InForce {
            var values: [String: String] = [:]
            values[WayOfTrust.directoryOption] = place
            values[WayOfTrust.macroName] = macro
            values[WayOfTrust.rulesName] = rules
            return WayOfTrust.inForce(values) { $0 == "/etc/trustd/certs" }
        }
        let byDirectory = WayOfTrust.InForce(way: .directory, directory: "/etc/trustd/certs")
        let byFingerprint = WayOfTrust.InForce(way: .fingerprint, directory: nil)
        #expect(way("/etc/trustd/certs") == byDirectory)
        #expect(way("/etc/trustd/certs", "directory") == byDirectory)
        #expect(way("/etc/trustd/certs", "fingerprint") == byFingerprint)
        #expect(way("/etc/trustd/certs/", "directory") == byDirectory)
        // Those of 0.1 had no version.
        #expect(way("/etc/trustd/certs", "directory", nil).hasOldRules && way("", "fingerprint", nil).hasOldRules)
        #expect(!way("/etc/trustd/certs", nil, nil).hasOldRules && !way("/etc/trustd/certs", "directory", "3").hasOldRules)
        // A file, the system's authorities, what only Exim can expand, nothing.
        for place in ["/etc/ssl/one.pem", "system", "${if exists{/etc/x}{/etc/x}{/dev/null}}", "/etc/$domain", "", nil] {
            #expect(way(place) == byFingerprint)
        }
    }

    @Test("the attack: a directory that would make a CA trusted on the whole host is recognised")
    func sharedDirectory() {
        for path: FilePath in ["/etc/ssl/certs", "/etc/pki/tls/certs", "/usr/local/share/ca-certificates", "/usr/lib/ssl/certs"] {
            #expect(TrustDirectory.isShared(path))
        }
        for path: FilePath in ["/etc/trustd/certs", "/etc/sslx", "/srv/etc/ssl"] { #expect(!TrustDirectory.isShared(path)) }
    }
}
