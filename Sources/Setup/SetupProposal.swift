package import Host
import SystemPackage
package import Trust

/// A proposal that changes files of Exim's configuration, and keeps a record of what they were: the relay's setup and the client's.
package protocol SetupProposal: Proposal {
    var transition: SetupTransition { get }
    /// What the operator must know before he says yes.
    var notes: [String] { get }
    /// Puts away what Exim was asked with: nothing stays while the operator thinks.
    func pause()
}

extension SetupProposal {
    /// The plan's bytes are compared with what lies there when they are exchanged, so it needs not be made anew.
    package func renewed(by operator: Operator) throws(Failure) -> Self { self }

    package func conclude(_ plan: TrustPlan, _ done: Transaction.Done) throws(Failure) -> [String] {
        for folder in transition.abandoned { try? LocalFileSystem().removeFolder(folder) }
        return []
    }

    package func repeated() throws(Failure) -> [String] { [] }

    /// Exim does not judge the owners of what it includes: we do, before a line of ours stands there.
    package func checkOwners() throws(Failure) {
        for step in transition.steps {
            var path = step.edit.file
            while !LocalFileSystem().exists(path), path.removingLastComponent() != path { path = path.removingLastComponent() }
            do { try Ownership.check(path) } catch {
                throw Failure(error.description, .notSound, hint: "chown root \(error.path); chmod go-w \(error.path)")
            }
        }
    }
}
