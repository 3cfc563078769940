import FoundationEssentials
import TrustCore

extension LedgerEntry {
    /// The entry that a line of the ledger holds; nil when nobody can read it. What trustctl itself writes is read without `JSONDecoder`.
    init?(line: some Collection<UInt8>) {
        let quick = line.withContiguousStorageIfAvailable { bytes in
            var parser = LineParser(bytes)
            do throws(LineParser.Other) {
                let entry = try LedgerEntry(&parser)
                return parser.isAtEnd ? entry : nil
            } catch { return nil }
        }
        if case .some(.some(let entry)) = quick {
            self = entry
        } else {
            guard let entry = try? JSONDecoder().decode(LedgerEntry.self, from: Data(line)) else { return nil }
            self = entry
        }
    }

    private init(_ parser: inout LineParser) throws(LineParser.Other) {
        var version: Int?
        var number: Int?
        var undoes: Int?
        var (done, previous, sealed, id, time, reason): (String?, String?, String?, String?, String?, String?)
        var action: Decision.Action?
        var decider: Operator?
        var subjects: [Decision.Subject]?
        var effects = LocalEffects()
        try parser.object { (key, parser) throws(LineParser.Other) in
            switch key {
            case "action": action = try parser.word()
            case "directory": effects.directory = try LocalEffects.DirectoryChange(&parser)
            case "done": done = try parser.string()
            case "fingerprints": subjects = try parser.array { parser throws(LineParser.Other) in try Decision.Subject(&parser) }
            case "fleet": effects.fleet = try LocalEffects.FleetChange(&parser)
            case "id": id = try parser.string()
            case "invitation": effects.invitation = try parser.string()
            case "list": effects.list = try LocalEffects.ListChange(&parser)
            case "number": number = try parser.number()
            case "operator": decider = try Operator(&parser)
            case "previous": previous = try parser.string()
            case "reason": reason = try parser.string()
            case "renews": effects.renews = try Fingerprint(&parser)
            case "sealed": sealed = try parser.string()
            case "since": effects.since = try parser.string()
            case "time": time = try parser.string()
            case "undoes": undoes = try parser.number()
            case "version": version = try parser.number()
            default: throw LineParser.Other()
            }
        }
        guard let version, let number, let id, let time, let action, let decider, let subjects else { throw LineParser.Other() }
        self.init(
            Decision(id: id, time: time, action: action, operator: decider, reason: reason, subjects: subjects), undoes: undoes, effects,
            version: version, number: number, done: done, sealed: sealed, previous: previous)
    }
}

extension Decision.Subject {
    fileprivate init(_ parser: inout LineParser) throws(LineParser.Other) {
        var fingerprint: Fingerprint?
        var (before, after): (TrustState?, TrustState?)
        var (terms, termsBefore) = (Terms(), Terms())
        var evidence: Evidence?
        var place: Int?
        try parser.object { (key, parser) throws(LineParser.Other) in
            switch key {
            case "fingerprint": fingerprint = try Fingerprint(&parser)
            case "before": before = try parser.word()
            case "after": after = try parser.word()
            case "label": terms.label = try parser.string()
            case "label_before": termsBefore.label = try parser.string()
            case "until": terms.until = try Timestamp(&parser)
            case "until_before": termsBefore.until = try Timestamp(&parser)
            case "note": terms.note = try parser.string()
            case "note_before": termsBefore.note = try parser.string()
            case "evidence": evidence = try Evidence(&parser)
            case "signed": place = try parser.number()
            default: throw LineParser.Other()
            }
        }
        guard let fingerprint, let before, let after else { throw LineParser.Other() }
        self.init(
            fingerprint: fingerprint, before: before, after: after, terms: terms, termsBefore: termsBefore, evidence: evidence)
        signed = place
    }
}

extension Fingerprint {
    fileprivate init(_ parser: inout LineParser) throws(LineParser.Other) {
        do { try self.init(exactly: Array(try parser.string().utf8)[...]) } catch { throw LineParser.Other() }
    }
}

extension Timestamp {
    fileprivate init(_ parser: inout LineParser) throws(LineParser.Other) {
        guard let moment = Timestamp(rfc3339: try parser.string()) else { throw LineParser.Other() }
        self = moment
    }
}

extension Evidence {
    fileprivate init(_ parser: inout LineParser) throws(LineParser.Other) {
        var evidence = Evidence()
        var hasAddresses = false
        try parser.object { (key, parser) throws(LineParser.Other) in
            switch key {
            case "first_seen": evidence.firstSeen = try parser.string()
            case "last_seen": evidence.lastSeen = try parser.string()
            case "sightings": evidence.sightings = UInt64(try parser.number())
            case "addresses":
                evidence.addresses = try parser.array { parser throws(LineParser.Other) in try parser.string() }
                hasAddresses = true
            case "observed": evidence.observed = try Observed(&parser)
            case "certificate": evidence.certificate = try parser.string()
            case "source": evidence.source = try parser.word()
            default: throw LineParser.Other()
            }
        }
        guard hasAddresses else { throw LineParser.Other() }
        self = evidence
    }
}

extension Evidence.Observed {
    fileprivate init(_ parser: inout LineParser) throws(LineParser.Other) {
        var (address, helo, domain): (String?, String?, String?)
        var oneOf: [String]?
        try parser.object { (key, parser) throws(LineParser.Other) in
            switch key {
            case "address": address = try parser.string()
            case "helo": helo = try parser.string()
            case "domain": domain = try parser.string()
            case "one_of": oneOf = try parser.array { parser throws(LineParser.Other) in try parser.string() }
            default: throw LineParser.Other()
            }
        }
        self.init(address: address, helo: helo, domain: domain, oneOf: oneOf)
    }
}

extension Operator {
    fileprivate init(_ parser: inout LineParser) throws(LineParser.Other) {
        var (login, sudoUser): (String?, String?)
        var (loginUID, uid): (UInt32?, UInt32?)
        try parser.object { (key, parser) throws(LineParser.Other) in
            switch key {
            case "login": login = try parser.string()
            case "login_uid": loginUID = UInt32(exactly: try parser.number())
            case "sudo_user": sudoUser = try parser.string()
            case "uid": uid = UInt32(exactly: try parser.number())
            default: throw LineParser.Other()
            }
            guard key != "login_uid" || loginUID != nil else { throw LineParser.Other() }
        }
        guard let uid else { throw LineParser.Other() }
        self.init(login: login, loginUID: loginUID, sudoUser: sudoUser, uid: uid)
    }
}

extension LocalEffects.ListChange {
    fileprivate init(_ parser: inout LineParser) throws(LineParser.Other) {
        var (path, before, after): (String?, String?, String?)
        try parser.object { (key, parser) throws(LineParser.Other) in
            switch key {
            case "path": path = try parser.string()
            case "before": before = try parser.string()
            case "after": after = try parser.string()
            default: throw LineParser.Other()
            }
        }
        guard let path, let after else { throw LineParser.Other() }
        self.init(path: path, before: before, after: after)
    }
}

extension LocalEffects.DirectoryChange {
    fileprivate init(_ parser: inout LineParser) throws(LineParser.Other) {
        var path: String?
        var (installed, removed): ([Fingerprint]?, [Fingerprint]?)
        try parser.object { (key, parser) throws(LineParser.Other) in
            switch key {
            case "path": path = try parser.string()
            case "installed": installed = try parser.array { parser throws(LineParser.Other) in try Fingerprint(&parser) }
            case "removed": removed = try parser.array { parser throws(LineParser.Other) in try Fingerprint(&parser) }
            default: throw LineParser.Other()
            }
        }
        guard let path, let installed, let removed else { throw LineParser.Other() }
        self.init(path: path, installed: installed, removed: removed)
    }
}
