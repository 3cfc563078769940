import EximControl
import Host
import TrustCore

/// What a file is to be when setup is taken back.
extension SetupRecord.Entry {
    /// The file without setup's changes, given what it is now; nil: it is not to be there. Throws when a person has changed it so that this
    /// cannot be told.
    func base(now: [UInt8]?) throws(Failure) -> [UInt8]? {
        let before = before.map { Array($0) }
        // The server was moved, or the file removed: nothing of it is to be taken back.
        guard let now else { return nil }
        if now == Array(after) || now == before { return before }
        if blocks.isEmpty {
            throw Failure(
                "\(path), which setup has created, was changed by somebody since", .notSound,
                hint: "save what you need of it, and move it away")
        }
        var rest = now
        for block in blocks {
            if let cut = OwnBlock.removed(block, from: rest) {
                rest = cut
            } else if OwnBlock.remains(of: block, in: rest) {
                throw Failure(
                    messages: [
                        "\(path) was changed by somebody since: the lines that setup has added are not in it unchanged and exactly once",
                        "the lines to remove: \(Printable(block.split(separator: "\n").joined(separator: " | "), limit: 400))",
                    ], hint: "remove them by hand, then repeat the command", exit: .notSound)
            }
        }
        // Two setups may have created it together, the client's and the relay's: the one that is taken back last removes it. A file that was
        // there and empty stays.
        return rest.isEmpty && before != [] ? nil : rest
    }

    /// Why the trust list stays when setup is taken back, as the rest of a sentence; nil when it can go. `now` may list more than setup
    /// wrote.
    func reasonToStay(now: [UInt8]) -> String? {
        do {
            let count =
                switch try ListDefinition(in: now, file: file).content {
                case .listed(let fingerprints): fingerprints.count
                case .folder(let path): try ApprovedFolder(path).names().fingerprints.count
                }
            return count == 0 ? nil : count == 1 ? "a certificate is approved in it" : "\(count) certificates are approved in it"
        } catch let error as Failure { return "whether certificates are approved in it is not known: \(error.reason)" } catch {
            return "whether certificates are approved in it is not known: \(error)"
        }
    }
}
