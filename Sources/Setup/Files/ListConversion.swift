import EximControl
import Host
import SystemPackage
import Trust
import TrustCore

/// A change of the list's form: the file that defines it, and the folder that is filled before or removed afterwards.
struct ListConversion {
    /// The list's file before and after; nil where setup makes or removes it as a whole.
    var file: (before: [UInt8], after: [UInt8])?
    let approved: NamesEdit
    /// Whom Exim must trust afterwards; nil where setup's plan says it.
    var content: ListContent?
    var notes: [String] = []

    /// Nil when the form stays. The list of an adopted recipe is changed in its place, and only when its operator asks for it.
    init?(
        _ request: RelaySetup.Request, _ relay: RelayPlan, _ transition: SetupTransition, _ survey: SetupSurvey, ledger: LedgerFile
    ) throws(Failure) {
        let configuration = survey.configuration
        if request.removes {
            // Taken out of Exim's configuration by this setup, with nobody in it: then its folder goes too.
            guard let step = transition.steps.first(where: { $0.edit.file == relay.list }), step.edit.after == nil,
                let bytes = step.edit.before,
                case .folder(let path) = try? ListDefinition(in: Array(bytes), file: relay.list).form
            else { return nil }
            approved = NamesEdit(path: path.string, conversion: .outOfFolder)
            return
        }
        let current = try TrustListFile(relay.list)
        let form = current.definition?.form ?? .macro
        let isNew = current.definition == nil
        guard let wanted = request.list, wanted != form.kind else { return nil }
        switch form {
        case .macro:
            try Self.requireSupport(survey)
            let folder = survey.files.resolved(configuration.approved)
            let names = (try current.list()?.fingerprints ?? []).sorted()
            approved = NamesEdit(
                path: folder.string, add: names, conversion: .intoFolder, makesFolder: try Self.mustBeMade(folder, configuration.approved))
            if isNew { return }
            file = try Self.file(current, as: .folder(folder), holding: TrustList())
            content = .folder(folder)
            if !names.isEmpty {
                notes = [
                    "\(Self.certificates(names.count)) \(names.count == 1 ? "becomes an empty file" : "become empty files") in \(folder)"
                ]
            }
        case .folder(let path):
            guard let folder = try current.folder?.names() else { return nil }
            try folder.requireOrder()
            let list = try Self.list(folder.fingerprints, ledger)
            approved = NamesEdit(path: path.string, remove: folder.fingerprints, conversion: .outOfFolder)
            file = try Self.file(current, as: .macro, holding: list)
            content = .listed(list.fingerprints)
            notes = ["the folder \(path) is removed when Exim has read the list, and earlier sessions have ended (10 s at most)"]
        }
    }

    private static func certificates(_ count: Int) -> String { count == 1 ? "1 approved certificate" : "\(count) approved certificates" }

    private static func requireSupport(_ survey: SetupSurvey) throws(Failure) {
        let answers = try survey.asking { () throws(EximError) in try survey.exim().answers(options: ["spool_directory"]) }
        guard let obstacle = answers.obstacleToFolder else { return }
        throw Failure(
            "refused: nothing has changed: a list in a folder is not possible: \(obstacle)", .notSound,
            hint: "keep the macro list, or install an exim of 4.95 or later that has dsearch, such as Debian's")
    }

    /// Whether the folder must be made. Throws when something is there already: whoever has a name in it would be approved.
    private static func mustBeMade(_ folder: FilePath, _ written: FilePath) throws(Failure) -> Bool {
        guard folder == written, ListForm.isPlain(folder) else {
            throw Failure(
                "\(written) cannot be written into Exim's configuration", .notSound,
                hint: "`approved` in trustd.conf must be a path without links, of letters, digits, . _ - + and /")
        }
        guard LocalFileSystem().exists(folder) else { return true }
        let found = try ApprovedFolder(folder).names()
        guard found.fingerprints.isEmpty, found.oddities.isEmpty else {
            throw Failure(
                "\(folder) exists and is not empty: whoever has a name in it could relay then", .notSound,
                hint: "look at what is in it, move it away, then repeat the command")
        }
        return false
    }

    private static func file(
        _ current: TrustListFile, as form: ListForm, holding list: TrustList
    ) throws(Failure) -> (before: [UInt8], after: [UInt8])? {
        guard let bytes = current.bytes, let definition = current.definition else { return nil }
        do { return (bytes, try definition.file(current.path.filePath, as: form, holding: list, unchanged: bytes)) } catch {
            throw Failure(error)
        }
    }

    /// With the labels and dates of the ledger, as `approve` would have written them.
    private static func list(_ fingerprints: [Fingerprint], _ ledger: LedgerFile) throws(Failure) -> TrustList {
        let books: Books
        do { books = try ledger.books() } catch { throw Failure(error) }
        return TrustList(items: fingerprints.map { .init(fingerprint: $0, comments: books.note($0).map { [$0.description] } ?? []) })
    }
}
