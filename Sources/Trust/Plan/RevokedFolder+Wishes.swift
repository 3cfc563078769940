import EximControl
import SystemPackage
import TrustCore

/// Which names a decision makes and removes among the CA's revoked clients.
///
/// Whoever is revoked or denied, here or by the fleet, is put there, known or not: the CA lets in whom nobody here has ever seen. Only who says approve, or takes the
/// decision back, takes one out again.
extension RevokedFolder {
    private func mustHold(_ wish: TrustPlan.Wish, _ action: Decision.Action) -> Bool {
        action == .revoke || wish.after == .denied || action == .fleet && wish.after == .none
    }

    /// Whether `wish` is not true yet, although the certificate's state says so: somebody has removed its name.
    func lacks(_ wish: TrustPlan.Wish, _ action: Decision.Action) -> Bool { mustHold(wish, action) && !contains(wish.fingerprint) }

    /// Nil when all names are as they should be.
    func edit(for wishes: [TrustPlan.Wish], _ action: Decision.Action) -> NamesEdit? {
        let mayLetIn = [.approve, .undo, .fleet].contains(action)
        let edit = NamesEdit(
            path: path.string, add: wishes.filter { lacks($0, action) }.map(\.fingerprint),
            remove: wishes.filter { mayLetIn && !mustHold($0, action) && contains($0.fingerprint) }.map(\.fingerprint))
        return edit.isEmpty ? nil : edit
    }
}
