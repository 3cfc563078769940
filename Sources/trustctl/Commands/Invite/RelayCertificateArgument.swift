import Certificates
import EximControl
import FleetHost
import Glibc
import Host
import Trust
import TrustCore

/// The certificate of the relay that a guest will join, as the operator at a console names it. The code begins with its digest, so that the guest
/// knows the relay by it.
enum RelayCertificateArgument {
    static let hint =
        "--relay-certificate FILE, or the 64 digits that `trustctl show --own` prints on the relay that the client will join"

    /// `text` is a file, or all 64 digits in any usual spelling.
    static func fingerprint(_ text: String?) throws(Failure) -> Fingerprint {
        guard let text else {
            throw Failure(
                "a code is for one relay, and this console does not know which; nothing has changed", .usage, hint: hint)
        }
        if let fingerprint = try? Fingerprint(text) { return fingerprint }
        return try CertificateArgument.read(text, for: nil).fingerprint
    }
}

extension Invite {
    /// Why a relay of a fleet makes no code, with what is to be typed instead.
    static func onlyAtConsole(_ local: LocalTrust, label: String?, detaches: Bool) -> Failure {
        guard !detaches else {
            return Failure(
                "--detach: in a fleet the approval is signed when the client comes, so the command waits; nothing has changed", .usage,
                hint: "at a console: trustctl invite --relay-certificate DIGITS --sign-with KEY.pub")
        }
        let isPlain = label.map { $0.utf8.allSatisfy { $0.isLetterOrDigit || "-_.@+".utf8.contains($0) } } ?? false
        let named = label.map { isPlain ? " --label \($0)" : " --label …" } ?? ""
        let own = geteuid() == 0 ? (try? local.own())?.certificate.fingerprint.description : nil
        let hint = "at a console: trustctl invite\(named) --relay-certificate \(own ?? "DIGITS") --sign-with KEY.pub"
        return Failure(
            "an invitation to a relay of a fleet is made at a console, where its approval is signed; nothing has changed", .notSound,
            hint: own == nil ? "\(hint), with the digits that `trustctl show --own` prints here" : hint)
    }
}
