import EximControl
import FoundationEssentials
package import Host
package import SystemPackage

/// What a setup has changed, kept in trustctl's folder so that `--remove` can restore every file to the byte.
package struct SetupRecord: Codable, Equatable {
    var version = 1
    /// The way of trust that it brought; nil when Exim's configuration was not changed, and only trustd.conf was.
    var trust: WayOfTrust?
    /// In the order in which they became live.
    var files: [Entry] = []
    /// The folders that it made, the outer ones first.
    var folders: [String] = []

    struct Entry: Codable, Equatable {
        /// Without symbolic links.
        var path: String
        /// Nil: it was not there.
        var before: Data?
        var after: Data
        var purpose: String
        var blocks: [String]
        var isList: Bool
        var isSecret: Bool

        init(_ file: WantedFile) {
            path = file.path.string
            before = file.base.map { Data($0) }
            after = Data(file.after)
            purpose = file.purpose
            blocks = file.blocks
            isList = file.isList
            isSecret = file.isSecret
        }

        var file: FilePath { FilePath(path) }

        /// Whether it is the certificate that setup made for Exim, or its key: an administrator may put his own in their place.
        var isServerCertificate: Bool {
            blocks.isEmpty && !isList && [SetupPlaces.certificateName, SetupPlaces.keyName].contains(file.lastComponent?.string)
        }
    }

    /// Nil when there is none, or an empty file: one that was taken back and could not be removed.
    init?(_ bytes: [UInt8]?, at path: FilePath) throws(Failure) {
        guard let bytes, !bytes.isEmpty else { return nil }
        guard let record = try? JSONDecoder().decode(SetupRecord.self, from: Data(bytes)), record.version == 1 else {
            throw Failure("\(path) is not a valid record", .notSound, hint: "it says what setup has changed: restore it from a backup")
        }
        self = record
    }

    init(trust: WayOfTrust?, files: [Entry], folders: [String]) {
        self.trust = trust
        self.files = files
        self.folders = folders
    }

    /// As it is written to its file.
    var bytes: [UInt8] {
        get throws(Failure) {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            do { return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")] } catch {
                throw Failure("the record of the setup cannot be written: \(error)", .notSound)
            }
        }
    }

    /// Whether the server's certificate or its key is another one by now: then both belong to the administrator.
    func serverCertificateIsReplaced(_ now: (FilePath) throws(Failure) -> [UInt8]?) throws(Failure) -> Bool {
        for entry in files where entry.isServerCertificate {
            if let current = try now(entry.file), current != Array(entry.after) { return true }
        }
        return false
    }

    subscript(path: FilePath) -> Entry? { files.first { $0.path == path.string } }
}

extension SetupRecord {
    /// The file of a record, as it is now.
    package struct File {
        package let path: FilePath
        /// Nil when there is none.
        let bytes: [UInt8]?
        package let record: SetupRecord?

        package init(at path: FilePath) throws(Failure) {
            self.path = path
            do { bytes = try LocalFileSystem().contents(of: path) } catch { throw Failure(error) }
            record = try SetupRecord(bytes, at: path)
        }
    }
}
