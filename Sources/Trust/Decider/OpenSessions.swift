package import EximControl
import Host
import SystemPackage
package import TrustCore

/// What becomes of the connections that Exim serves while the trust is taken from certificates: they keep the old list until they end.
package struct OpenSessions {
    package let local: LocalTrust
    /// Whether those from the certificates' addresses are to be ended.
    package let ending: Bool

    /// A certificate that is not trusted any more.
    package struct Loss {
        package let fingerprint: Fingerprint
        /// Where it was seen.
        package let addresses: Set<Address>
        /// By `Clock.boot`: what began later has the list without it.
        package var moment: Duration
        /// Whether what began before has the list with it; else it may.
        package var isKnown = true
    }

    /// Looks, ends what is to be ended, and says what is left; nothing when nobody is connected and nothing was to be ended.
    ///
    /// The addresses are those that the certificates were seen at: a client that comes from elsewhere, or that shares its address with
    /// others, cannot be told from them. The attack: somebody has another's connections ended by showing a certificate from his address;
    /// it ends nothing that is not begun again at once.
    package func notes(_ losses: [Loss]) -> [String] {
        guard !losses.isEmpty else { return [] }
        let open: OpenConnections
        do throws(EximError) { open = try local.exim().openConnections() } catch {
            let reason = "how many connections Exim serves is not known: \(Failure(error).reason)"
            return [reason] + (ending ? ["none was ended"] : [])
        }
        var found = Found(open.served, losses)
        found.hidden = open.hidden
        if ending { found.left = end(found.theirs) }
        var notes = found.text(losses, ended: ending)
        if ending, local.configuration.reload == .none {
            notes.append("reload = none: until Exim is told to reload, who was ended may come back with the old list")
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

    /// What was found, sorted by whom it concerns.
    package struct Found {
        /// From where a certificate was seen that their list may hold.
        private(set) var theirs: [OpenConnection] = []
        /// From elsewhere, with a list that may hold one.
        package private(set) var others: [OpenConnection] = []
        /// From where one was seen, and begun with a list that holds none of it.
        private(set) var later = 0
        /// What could not be ended.
        var left: [OpenConnection] = []
        var hidden: [Int32] = []

        package init(_ served: [OpenConnection], _ losses: [Loss]) {
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

        package func text(_ losses: [Loss], ended: Bool) -> [String] {
            func connections(_ count: Int) -> String { count == 1 ? "1 connection" : "\(count) connections" }
            func processes(_ pids: [Int32]) -> String {
                let most = 20
                return (pids.count == 1 ? "process " : "processes ") + pids.prefix(most).map(String.init).joined(separator: ", ")
                    + (pids.count > most ? " and \(pids.count - most) more" : "")
            }
            let old = losses.allSatisfy(\.isKnown) ? "with the old list" : "which may have the old list"
            var notes: [String] = []
            if ended {
                if theirs.count > left.count { notes.append("\(connections(theirs.count - left.count)) ended") }
                if !left.isEmpty {
                    notes.append("\(connections(left.count)) could not be ended: kill \(processes(left.map(\.process.pid)))")
                }
                if losses.allSatisfy(\.addresses.isEmpty) {
                    notes.append("no connection was ended: from where the certificate comes is not known")
                } else if theirs.isEmpty {
                    notes.append("no connection \(old) comes from where the certificate was seen")
                }
                if later > 0 {
                    notes.append(
                        "\(connections(later)) from where the certificate was seen began with the new list, and \(later == 1 ? "was" : "were") left alone"
                    )
                }
            } else if !theirs.isEmpty {
                let names = losses.map(\.fingerprint.description).joined(separator: " ")
                notes.append(
                    "Exim serves \(connections(theirs.count + others.count)) \(old), \(theirs.count) from where the certificate was seen:"
                        + " trustctl revoke \(names) --disconnect ends what comes from there")
            }
            if !others.isEmpty, ended || theirs.isEmpty {
                notes.append(
                    "Exim serves \(connections(others.count)) \(old), from where the certificate was not seen:"
                        + " \(processes(others.map(\.process.pid)))")
            }
            if !hidden.isEmpty {
                notes.append("whom Exim serves is not known: \(processes(hidden)) of its user cannot be looked into")
            }
            return notes
        }
    }
}

extension Record {
    /// Wherever it was seen.
    package var addresses: [Address] {
        let noted = (evidence?.addresses ?? []) + [evidence?.observed?.address].compactMap { $0 }
        return noted.compactMap { Address($0) } + (entry?.addresses ?? []) + [entry?.observed?.address].compactMap { $0 }
    }
}
