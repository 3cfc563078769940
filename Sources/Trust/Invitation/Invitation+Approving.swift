import Certificates
import EximControl
import Host
import TrustCore

extension Invitation {
    /// The name of the open invitation that is used up when somebody makes `wishes` true; nil when none is.
    ///
    /// The attack: a person approves one who was invited, and the invitation stays open: then somebody else who has read the code would be
    /// admitted beside him.
    static func used(by wishes: [TrustPlan.Wish], _ action: Decision.Action, in register: Register) throws(Failure) -> String? {
        guard action == .approve else { return nil }
        let open = register.invitations.visible.filter { $0.state == .open }.map(\.invitation)
        guard !open.isEmpty else { return nil }
        var names: Set<String> = []
        for wish in wishes where wish.after == .approved && register.state(of: wish.fingerprint) != .approved {
            let record = register[wish.fingerprint]
            guard record.outline?.mayClaimInvitation ?? false, let certificate = record.certificate else { continue }
            if let invitation = open.first(where: { $0.isClaimed(by: certificate) }) { names.insert(invitation.name) }
        }
        guard names.count <= 1 else {
            throw Failure(
                "these certificates come by \(names.count) invitations", .usage, hint: "approve them one by one: each invitation ends then")
        }
        return names.first
    }
}
