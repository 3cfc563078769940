import EximControl
import Host
import SystemPackage
import TrustCore

/// The connections that Exim serves while trust is taken from certificates: they keep the old list until they end.
struct OpenSessions {
    let local: LocalTrust
    /// Whether connections from the certificates' addresses are ended.
    let ending: Bool
    /// Whether Exim looks into a folder at each recipient: then no connection has an old list, and only a message that is being received
    /// still goes on.
    var isFolder = false

    /// A certificate that is no longer trusted.
    struct Loss {
        let fingerprint: Fingerprint
        /// Where it was seen.
        let addresses: Set<Address>
        /// By `Clock.boot`: connections that began later have the list without it.
        var moment: Duration
        /// Whether connections that began earlier have the list with it; else they may.
        var isKnown = true
    }

    /// Ends connections if `ending`, and says what is left; nothing when nobody is connected and nothing was to be ended.
    ///
    /// A connection is matched by the addresses at which the certificates were seen. A client at another address is not found, and clients
    /// that share an address cannot be told apart. The attack: somebody shows a certificate from another client's address, to have that
    /// client's connections ended; they are simply opened again.
    func notes(_ losses: [Loss]) -> [String] {
        guard !losses.isEmpty else { return [] }
        let open: OpenConnections
        do throws(EximError) { open = try local.exim().openConnections() } catch {
            let reason = "cannot tell how many connections Exim serves: \(Failure(error).reason)"
            return [reason] + (ending ? ["none was ended"] : [])
        }
        var found = Found(open.served, losses)
        found.hidden = open.hidden
        if ending { found.left = end(found.theirs) }
        var notes = found.text(losses, ended: ending, isFolder: isFolder)
        if ending, !isFolder, local.configuration.reload == .none {
            notes.append("reload = none: until Exim is reloaded, ended clients may come back with the old list")
        }
        return notes
    }

    private func end(_ connections: [OpenConnection]) -> [OpenConnection] {
        let left = connections.end()
        let stuck = Set(left.map(\.inode))
        for connection in connections {
            let isEnded = !stuck.contains(connection.inode)
            SystemLog.send(
                "\(isEnded ? "ended" : "could not end") the connection from \(connection.peer) (exim, process \(connection.process.pid))",
                severity: isEnded ? .notice : .warning, facility: .auth, identifier: "trustctl", fields: [("ADDRESS", "\(connection.peer)")]
            )
        }
        return left
    }

    /// The open connections, by what they have to do with the certificates.
    struct Found {
        /// From an address of a certificate that their list may hold.
        private(set) var theirs: [OpenConnection] = []
        /// From elsewhere, with a list that may hold one.
        private(set) var others: [OpenConnection] = []
        /// From an address of a certificate, but begun with a list without it.
        private(set) var later = 0
        /// Connections that could not be ended.
        var left: [OpenConnection] = []
        var hidden: [Int32] = []

        init(_ served: [OpenConnection], _ losses: [Loss]) {
            for connection in served {
                let near = losses.filter { $0.addresses.contains(connection.peer) }
                if near.contains(where: { connection.began <= $0.moment }) {
                    theirs.append(connection)
                } else if losses.contains(where: { connection.began <= $0.moment }) {
                    others.append(connection)
                } else if !near.isEmpty {
                    later += 1
                }
            }
        }

        func text(_ losses: [Loss], ended: Bool, isFolder: Bool = false) -> [String] {
            func connections(_ count: Int) -> String { count == 1 ? "1 connection" : "\(count) connections" }
            func processes(_ pids: [Int32]) -> String {
                let most = 20
                return (pids.count == 1 ? "process " : "processes ") + pids.prefix(most).map(String.init).joined(separator: ", ")
                    + (pids.count > most ? " and \(pids.count - most) more" : "")
            }
            let old =
                isFolder
                ? "begun before" : losses.allSatisfy(\.isKnown) ? "with the old list" : "which may have the old list"
            var notes: [String] = []
            if ended {
                if theirs.count > left.count { notes.append("\(connections(theirs.count - left.count)) ended") }
                if !left.isEmpty {
                    notes.append("\(connections(left.count)) could not be ended: kill \(processes(left.map(\.process.pid)))")
                }
                if losses.allSatisfy(\.addresses.isEmpty) {
                    notes.append("no connection was ended: no address of the certificate is known")
                } else if theirs.isEmpty {
                    notes.append("no connection \(old) comes from an address of the certificate")
                }
                if later > 0 {
                    notes.append(
                        "\(connections(later)) from an address of the certificate began with the new list, "
                            + "and \(later == 1 ? "was" : "were") left alone"
                    )
                }
            } else if !theirs.isEmpty {
                let names = losses.map(\.fingerprint.description).joined(separator: " ")
                notes.append(
                    "Exim serves \(connections(theirs.count + others.count)) \(old), \(theirs.count) from an address of the certificate:"
                        + " trustctl revoke \(names) --disconnect ends what comes from there")
            }
            if !others.isEmpty, ended || theirs.isEmpty {
                notes.append(
                    "Exim serves \(connections(others.count)) \(old), not from an address of the certificate:"
                        + " \(processes(others.map(\.process.pid)))")
            }
            if !hidden.isEmpty {
                notes.append("cannot tell whom Exim serves: \(processes(hidden)) of its user cannot be examined")
            }
            return notes
        }
    }
}
