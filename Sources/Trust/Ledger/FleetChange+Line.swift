import TrustCore

extension LocalEffects.FleetChange {
    /// As a line of the ledger has it. A fleet's change may be about a hundred thousand decisions.
    init(_ parser: inout LineParser) throws(LineParser.Other) {
        var name: String?
        var (heads, decisions): ([String]?, [Signed]?)
        try parser.object { (key, parser) throws(LineParser.Other) in
            switch key {
            case "decisions": decisions = try parser.array { parser throws(LineParser.Other) in try Signed(&parser) }
            case "heads": heads = try parser.array { parser throws(LineParser.Other) in try parser.string() }
            case "name": name = try parser.string()
            default: throw LineParser.Other()
            }
        }
        guard let name, let heads, let decisions else { throw LineParser.Other() }
        self.init(name: name, heads: heads, decisions: decisions)
    }
}

extension LocalEffects.FleetChange.Signed {
    fileprivate init(_ parser: inout LineParser) throws(LineParser.Other) {
        var (digest, reason, serial, signer): (String?, String?, String?, String?)
        try parser.object { (key, parser) throws(LineParser.Other) in
            switch key {
            case "digest": digest = try parser.string()
            case "reason": reason = try parser.string()
            case "serial": serial = try parser.string()
            case "signer": signer = try parser.string()
            default: throw LineParser.Other()
            }
        }
        guard let digest, let serial, let signer else { throw LineParser.Other() }
        self.init(digest: digest, serial: serial, signer: signer, reason: reason)
    }
}
