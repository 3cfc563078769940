import SystemPackage
import TrustCore

/// What becomes of the connections that Exim serves while the trust is taken from certificates: they keep the old list until they end.
struct OpenSessions {
    let session: Session
    /// Whether those from the certificates' addresses are to be ended.
    let ending: Bool

    /// Looks, ends what is to be ended, and says what is left; nothing when nobody is connected.
    ///
    /// The addresses are those that the certificates were seen at: a client that comes from elsewhere, or that shares its address with
    /// others, cannot be told from them. The attack: somebody has another's connections ended by showing a certificate from his address;
    /// it ends nothing that is not begun again at once.
    func notes(losing fingerprints: [Fingerprint], _ addresses: Set<Address>) -> [String] {
        guard !fingerprints.isEmpty else { return [] }
        let open: [OpenConnection]
        do throws(EximError) { open = try session.exim().openConnections() } catch {
            return ["how many connections Exim serves is not known: \(Cause(error).reason)"]
        }
        let theirs = open.filter { addresses.contains($0.peer) }
        let left = ending ? theirs.filter { !end($0) } : theirs
        return Self.text(open: open.count, theirs: theirs.count, left: left.map(\.process.pid), ended: ending, fingerprints)
    }

    private func end(_ connection: OpenConnection) -> Bool {
        let isEnded = connection.end()
        SystemLog.send(
            "\(isEnded ? "ended" : "could not end") the connection from \(connection.peer) (exim, process \(connection.process.pid))",
            severity: isEnded ? .notice : .warning, facility: .auth, identifier: "trustctl", fields: [("ADDRESS", "\(connection.peer)")])
        return isEnded
    }

    static func text(open: Int, theirs: Int, left: [Int32], ended: Bool, _ fingerprints: [Fingerprint]) -> [String] {
        func connections(_ count: Int) -> String { count == 1 ? "1 connection" : "\(count) connections" }
        guard open > 0 else { return [] }
        var notes: [String] = []
        let others = open - theirs
        if ended, theirs > left.count { notes.append("\(connections(theirs - left.count)) ended") }
        if ended, !left.isEmpty {
            notes.append(
                "\(connections(left.count)) could not be ended: kill process \(left.map(String.init).joined(separator: ", "))")
        }
        if !ended, theirs > 0 {
            let names = fingerprints.map(\.description).joined(separator: " ")
            notes.append(
                "Exim serves \(connections(open)) with the old list, \(theirs) from where the certificate was seen:"
                    + " trustctl revoke \(names) --disconnect ends what comes from there")
        } else if others > 0 {
            notes.append("Exim serves \(connections(others)) with the old list, from where the certificate was not seen")
        }
        return notes
    }
}

extension Record {
    /// Wherever it was seen.
    var addresses: [Address] {
        let noted = (evidence?.addresses ?? []) + [evidence?.observed?.address].compactMap { $0 }
        return noted.compactMap { Address($0) } + (entry?.addresses ?? []) + [entry?.observed?.address].compactMap { $0 }
    }
}
