import FoundationEssentials
import TrustCore

/// One line of the ledger: who decided what, when, why, on which evidence.
struct Decision: Codable, Equatable {
    var version = 1
    /// Its place in the ledger, counted from 1: what `trustctl undo N` names. Set when it is written.
    var number = 0
    /// Names this decision alone; a change that was interrupted is found again by it.
    var id: String
    var time: String
    /// When it was written, and so the latest moment at which Exim had read it: `time` is that of the plan, and a reload may take long, or
    /// be left to the next command by a crash.
    var done: String?
    var action: Action
    /// The decision that this one takes back.
    var undoes: Int?
    var `operator`: Operator
    var reason: String?
    var subjects: [Subject]
    var list: ListChange?
    var directory: DirectoryChange?
    /// What setup changed.
    var setup: SetupChange?
    /// What a crash left of a line that stood here.
    var torn: Data?
    /// The digest of that line as it had been written whole: then it was no crash that cut it.
    var sealed: String?
    /// SHA-256 of the line before, without its newline; nil in the first line.
    var previous: String?

    enum CodingKeys: String, CodingKey {
        case version, number, id, time, done, action, undoes, `operator`, reason, list, directory, setup, torn, sealed, previous
        case subjects = "fingerprints"
    }

    enum Action: String, Codable {
        case approve, deny, revoke, forget, undo, setup
        /// Nothing was decided: the ledger was mended after a crash.
        case mend
    }

    /// What became of one fingerprint.
    struct Subject: Codable, Equatable {
        var fingerprint: String
        var before: TrustState
        var after: TrustState
        var label: String?
        /// The label that an approved one had before it got another; nil when it had none.
        var labelBefore: String?
        var evidence: Evidence?

        enum CodingKeys: String, CodingKey {
            case fingerprint, before, after, label, evidence
            case labelBefore = "label_before"
        }

        /// Whether nothing but the label changed.
        var onlyRelabels: Bool { before == .approved && after == .approved }
    }

    /// The list before and after, by SHA-256 of the whole file.
    struct ListChange: Codable, Equatable {
        var path: String
        var before: String?
        var after: String
    }

    /// The files of Exim's configuration and of ours, each by SHA-256 of its bytes; nil: it was not there, or is not any more.
    struct SetupChange: Codable, Equatable {
        /// The way of trust from then on; nil when setup was taken back.
        var trust: TrustKind?
        var files: [File]

        struct File: Codable, Equatable {
            var path: String
            var before: String?
            var after: String?
        }
    }

    /// Certificates that came to or went from the trust directory.
    struct DirectoryChange: Codable, Equatable {
        var path: String
        var installed: [String]
        var removed: [String]
    }
}

/// What a fingerprint is to us. One fingerprint has one: approved goes before denied before pending.
enum TrustState: String, Codable, CaseIterable {
    case pending, approved, denied
    /// Not known, or not any more.
    case none
}

/// What was known about a fingerprint when it was decided, copied from the queue: the entry is gone afterwards.
struct Evidence: Codable, Equatable {
    var firstSeen: String?
    var lastSeen: String?
    var sightings: UInt64?
    var addresses: [String] = []
    var observed: Observed?
    /// DER as base64.
    var certificate: String?
    var source: CertificateSource?

    enum CodingKeys: String, CodingKey {
        case sightings, addresses, observed, certificate, source
        case firstSeen = "first_seen"
        case lastSeen = "last_seen"
    }

    struct Observed: Codable, Equatable {
        var address: String?
        var helo: String?
        var domain: String?
    }
}

/// Where a certificate came from.
enum CertificateSource: String, Codable {
    case log, directory, file
}

/// Who sits before the keyboard, as far as can be known.
struct Operator: Codable, Equatable {
    /// The user who logged in, kept by the kernel over su and sudo (loginuid).
    var login: String?
    var loginUID: UInt32?
    /// What sudo claims in the environment: anybody can claim that.
    var sudoUser: String?
    var uid: UInt32

    enum CodingKeys: String, CodingKey {
        case login, uid
        case loginUID = "login_uid"
        case sudoUser = "sudo_user"
    }

    /// How he is called in the list, where there is no room for claims.
    var name: String { login ?? (uid == 0 ? "root" : "uid \(uid)") }
}
