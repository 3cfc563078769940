package import Host
import SystemPackage
package import Trust
import TrustCore

/// A proposal that changes files of Exim's configuration and keeps a record of them: the relay's setup and the client's.
package protocol SetupProposal: Proposal {
    var transition: SetupTransition { get }
    /// What the operator must know before he agrees.
    var notes: [String] { get }
    /// Throws when somebody besides root could change a file that Exim is to read.
    func checkOwners() throws(Failure)
    /// Removes the copies that Exim was asked with: they must not stay while the operator thinks.
    func pause()
}

extension SetupProposal {
    /// The same proposal: the transaction compares the plan's bytes with the files before it replaces them.
    package func renewed(by operator: Operator) throws(Failure) -> Self { self }

    package func conclude(_ plan: TrustPlan, _ done: Transaction.Done) throws(Failure) -> [String] {
        transition.abandoned.compactMap { folder in
            do throws(SystemError) {
                try LocalFileSystem().removeFolder(folder)
                return nil
            } catch { return "\(folder) stays: \(error)" }
        }
    }

    package func repeated() throws(Failure) -> [String] { [] }
}
