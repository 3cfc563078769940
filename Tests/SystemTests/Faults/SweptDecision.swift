import Glibc
import Testing
import TrustTestSupport

/// The decisions that the fault tests interrupt, each time for a different fingerprint.
enum SweptDecision: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case approve, revoke, deny
    /// Of an approved fingerprint.
    case denyApproved
    /// Of a fingerprint that somebody removed from the list by hand, without a reload: the list stays as it is, and Exim reads it.
    case denyTakenOut
    case undoApproval
    /// With its certificate, which is added to the trust directory or removed from it.
    case approveCertificate, revokeCertificate
    /// The same with the list in a folder.
    case approveInFolder, revokeInFolder, denyInFolder, undoInFolder, revokeCertificateInFolder, approveCertificateInFolder
    /// Of an approved fingerprint, by another one.
    case replace, replaceInFolder
    /// With trust by a CA: of one that is in no list.
    case revokeIssued

    /// Those that `make test` interrupts. The others differ from these in one half of what they change; `make faults` takes all.
    static var tested: [SweptDecision] {
        FaultSweep.isWhole
            ? allCases
            : allCases.filter {
                ![.denyInFolder, .undoInFolder, .replace, .revokeInFolder, .approveCertificateInFolder, .revokeCertificateInFolder]
                    .contains($0)
            }
    }

    var testDescription: String { rawValue }

    private var usesDirectory: Bool { rawValue.contains("Certificate") }
    var isInFolder: Bool { rawValue.hasSuffix("InFolder") }

    /// The same decision whatever the list's form.
    fileprivate var plain: SweptDecision {
        switch self {
        case .approveInFolder: .approve
        case .revokeInFolder: .revoke
        case .denyInFolder: .denyApproved
        case .undoInFolder: .undoApproval
        case .approveCertificateInFolder: .approveCertificate
        case .revokeCertificateInFolder: .revokeCertificate
        case .replaceInFolder: .replace
        case .approve, .revoke, .deny, .denyApproved, .denyTakenOut, .undoApproval, .approveCertificate, .revokeCertificate,
            .replace, .revokeIssued:
            self
        }
    }

    /// Runs `body` in a scene that suits the decision.
    func run(_ body: (inout Sweep) throws -> Void) throws {
        var configuration = EximConfiguration()
        configuration.rules = self == .revokeIssued ? .authority : usesDirectory ? .certificates : .fingerprints
        try RelayScene.run(configuration) { scene in
            if isInFolder {
                let converted = try scene.trustctl("setup", "--list", "folder", "--yes")
                guard converted.exitCode == 0 else { throw NothingCame(description: "\(converted)") }
            }
            var sweep = Sweep(scene: scene, decision: self)
            try body(&sweep)
        }
    }
}

/// The state of one fingerprint: in the list, among the denials, in the trust directory.
struct Standing: Equatable {
    var isApproved = false
    var isDenied = false
    var isInstalled = false
    /// Whether the one that comes in its place is approved.
    var isReplaced = false
    /// Whether it is among the CA's revoked clients.
    var isRevoked = false
}

/// One decision that will be interrupted.
struct Subject {
    let fingerprint: String
    let arguments: [String]
    let before: Standing
    let after: Standing
    let takesTrustAway: Bool
    /// Exim runs with an older list than the one on the disk.
    var isUnread = false
    /// The fingerprint that comes in its place.
    var successor: String?
}

/// A scene in which decisions are interrupted, one after another.
struct Sweep {
    let scene: RelayScene
    let decision: SweptDecision
    var random: Randomness
    /// Approved fingerprints that no round has used yet.
    private var approved: [String] = []

    init(scene: RelayScene, decision: SweptDecision) {
        self.scene = scene
        self.decision = decision
        random = Randomness(decision.rawValue)
    }

    /// Makes the state before the decision.
    mutating func prepare() throws -> Subject {
        let empty = Standing()
        switch decision.plain {
        case .approve: return subject(random.fingerprint(), ["approve"], empty, Standing(isApproved: true))
        case .deny: return subject(random.fingerprint(), ["deny"], empty, Standing(isDenied: true))
        case .revoke: return subject(try approvedOne(), ["revoke"], Standing(isApproved: true), empty)
        case .revokeIssued: return subject(random.fingerprint(), ["revoke"], empty, Standing(isDenied: true, isRevoked: true))
        case .denyApproved: return subject(try approvedOne(), ["deny"], Standing(isApproved: true), Standing(isDenied: true))
        case .denyTakenOut:
            let (fingerprint, list) = (random.fingerprint(), scene.listText)
            try done("approve", fingerprint)
            try scene.folder.write("etc/relay_from_certs", list)
            var taken = subject(fingerprint, ["deny"], empty, Standing(isDenied: true))
            taken.isUnread = true
            return taken
        case .undoApproval:
            let fingerprint = random.fingerprint()
            try done("approve", fingerprint)
            return Subject(
                fingerprint: fingerprint, arguments: ["undo", "\(try scene.ledgerLines.count)", "--yes"],
                before: Standing(isApproved: true), after: empty, takesTrustAway: true)
        case .approveCertificate, .revokeCertificate:
            let client = try ClientCertificate("clients/\(random.next())", in: scene.folder)
            let both = Standing(isApproved: true, isInstalled: true)
            let options = ["--certificate", client.certificate]
            if decision.plain == .approveCertificate { return subject("\(client.fingerprint)", ["approve"] + options, empty, both) }
            try done("approve", "\(client.fingerprint)", options)
            return subject("\(client.fingerprint)", ["revoke"], both, empty)
        case .replace:
            let (old, new) = (try approvedOne(), random.fingerprint())
            return Subject(
                fingerprint: old, arguments: ["approve", new, "--replaces", old, "--yes"], before: Standing(isApproved: true),
                after: Standing(isReplaced: true), takesTrustAway: true, successor: new)
        case .approveInFolder, .revokeInFolder, .denyInFolder, .undoInFolder, .approveCertificateInFolder, .revokeCertificateInFolder,
            .replaceInFolder:
            preconditionFailure("not plain")
        }
    }

    private func subject(_ fingerprint: String, _ command: [String], _ before: Standing, _ after: Standing) -> Subject {
        Subject(
            fingerprint: fingerprint, arguments: [command[0], fingerprint] + command.dropFirst() + ["--yes"], before: before, after: after,
            takesTrustAway: decision.plain != .approve && decision.plain != .approveCertificate)
    }

    /// One approval for many rounds: only the interruption is under test.
    private mutating func approvedOne() throws -> String {
        if approved.isEmpty {
            approved = (0..<40).map { _ in random.fingerprint() }
            let outcome = try scene.operator.start(["approve"] + approved + ["--yes"]).wait()
            guard outcome.exitCode == 0 else { throw NothingCame(description: "not approved: \(outcome)") }
        }
        return approved.removeLast()
    }

    private func done(_ command: String, _ fingerprint: String, _ options: [String] = []) throws {
        let outcome = try scene.operator.start([command, fingerprint, "--yes"] + options).wait()
        guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
    }
}

extension RelayScene {
    var ledgerLines: [Substring] {
        get throws { ((try? folder.read("ledger/ledger")) ?? "").split(separator: "\n") }
    }

    /// Without the lines that only record that the ledger was mended.
    var decisionLines: [Substring] {
        get throws { try ledgerLines.filter { !$0.hasPrefix("{\"action\":\"mend\"") } }
    }

    func standing(of subject: Subject) -> Standing {
        var standing = standing(of: subject.fingerprint)
        if let successor = subject.successor { standing.isReplaced = self.standing(of: successor).isApproved }
        return standing
    }

    func standing(of fingerprint: String) -> Standing {
        let file = "\(fingerprint).pem"
        let links = File.names(in: folder("etc/certs")).filter { !$0.hasSuffix(".pem") }
        let isLinked = links.contains { (try? File.read(folder("etc/certs/\($0)"))) == (try? File.read(folder("etc/certs/\(file)"))) }
        return Standing(
            isApproved: listText.contains(fingerprint) || File.exists(folder("etc/approved/\(fingerprint)")),
            isDenied: File.exists(folder("ledger/denied/\(fingerprint)")),
            isInstalled: File.exists(folder("etc/certs/\(file)")) && isLinked, isRevoked: File.exists(folder("etc/revoked/\(fingerprint)")))
    }
}
