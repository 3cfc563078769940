package import EximControl
package import FoundationEssentials
package import Host
package import SystemPackage
package import TrustCore

/// What setup has done, kept in trustctl's folder so that `setup --remove` can take all of it back to the byte.
package struct SetupRecord: Codable, Equatable {
    package static let name = "setup"

    package var version = 1
    /// The way of trust that it brought; nil when Exim's configuration had one already and only ours was written.
    package var trust: WayOfTrust?
    /// In the order in which they became live.
    package var files: [Entry] = []
    /// That it made, the outer ones first.
    package var folders: [String] = []

    package struct Entry: Codable, Equatable {
        package var path: String
        package var before: Data?
        package var after: Data
        package var purpose: String
        var blocks: [String]
        var isList: Bool
        package var isSecret: Bool

        package init(_ file: WantedFile) {
            path = file.path.string
            before = file.base.map { Data($0) }
            after = Data(file.after)
            purpose = file.purpose
            blocks = file.blocks
            isList = file.isList
            isSecret = file.isSecret
        }

        package var file: FilePath { FilePath(path) }
    }

    /// Nil when there is none, or one that was taken back and could not be removed.
    package init?(_ bytes: [UInt8]?, at path: FilePath) throws(Failure) {
        guard let bytes, !bytes.isEmpty else { return nil }
        guard let record = try? JSONDecoder().decode(SetupRecord.self, from: Data(bytes)), record.version == 1 else {
            throw Failure("\(path) is not understood", .notSound, hint: "it says what setup has changed: bring it back from a backup")
        }
        self = record
    }

    package init(trust: WayOfTrust?, files: [Entry], folders: [String]) {
        self.trust = trust
        self.files = files
        self.folders = folders
    }

    package var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ((try? encoder.encode(self)).map(Array.init) ?? []) + [UInt8(ascii: "\n")]
    }

    package subscript(path: FilePath) -> Entry? { files.first { $0.path == path.string } }
}

extension SetupRecord {
    /// The file of a record, as it lies there.
    package struct File {
        package let path: FilePath
        /// Nil when there is none.
        package let bytes: [UInt8]?
        package let record: SetupRecord?

        package init(at path: FilePath) throws(Failure) {
            self.path = path
            do { bytes = try LocalFileSystem().contents(of: path) } catch { throw Failure(error) }
            record = try SetupRecord(bytes, at: path)
        }
    }
}

extension SetupRecord.Entry {
    /// What the file is without us, given what it is now. Throws when a person has changed it so that this cannot be told.
    package func base(now: [UInt8]?) throws(Failure) -> [UInt8]? {
        let before = before.map { Array($0) }
        guard let now else {
            guard before != nil else { return nil }
            throw Failure("\(path), which setup has changed, is not there any more", .notSound, hint: "bring it back from a backup")
        }
        if now == Array(after) || now == before { return before }
        if blocks.isEmpty {
            throw Failure(
                "\(path), which setup has made, was changed by somebody since", .notSound,
                hint: "keep what you need of it elsewhere, and move it away")
        }
        var rest = now
        for block in blocks {
            if let cut = OwnBlock.removed(block, from: rest) {
                rest = cut
            } else if OwnBlock.remains(of: block, in: rest) {
                throw Failure(
                    messages: [
                        "\(path) was changed by somebody since, and what setup has put there is not there once and unchanged",
                        "what is to be taken out of it: \(Printable(block.split(separator: "\n").joined(separator: " | "), limit: 400))",
                    ], hint: "take it out by hand, then repeat the command", exit: .notSound)
            }
        }
        // Two setups may have made it together, the client's and the relay's: the one that goes last takes it away. One that was there and
        // empty stays so.
        return rest.isEmpty && before != [] ? nil : rest
    }

    /// The list when it is ours: what stands in it now may be more than setup wrote.
    package func approved(now: [UInt8]) -> Set<Fingerprint>? {
        (try? ListDefinition(in: now, file: file))?.list.fingerprints
    }
}
