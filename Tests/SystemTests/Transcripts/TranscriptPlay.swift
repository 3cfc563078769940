import TrustTestSupport

/// One play of a transcript, and how it compares with what is written.
struct TranscriptPlay {
    /// What differs, for people.
    private(set) var differences: [String] = []
    /// The transcript as it was played.
    private(set) var recorded: Transcript
    private var values = TranscriptValues()

    /// Plays `transcript` on hosts of its own, from the first step to the last.
    init(_ transcript: Transcript) throws {
        recorded = transcript
        var play = self
        try TranscriptHosts.run(transcript.hosts) { hosts in
            for (index, element) in transcript.elements.enumerated() {
                switch element {
                case .text: break
                case .hidden(let command, let repeats): try play.prepare(command, repeats, on: hosts)
                case .step(let step): play.recorded.elements[index] = .step(try play.play(step, on: hosts))
                }
            }
        }
        self = play
        if !differences.isEmpty { keepValues(of: transcript) }
    }

    private func prepare(_ command: Transcript.Command, _ repeats: Bool, on hosts: TranscriptHosts) throws {
        let typed = values.typed(command.text)
        var outcome = try hosts.run(typed, command)
        if repeats {
            try waitUntil("`\(typed)` succeeds: \(outcome)") {
                guard outcome.exitCode != 0 else { return true }
                outcome = try hosts.run(typed, command)
                return false
            }
        }
        guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
    }

    /// The step with this play's values and words.
    private mutating func play(_ step: Transcript.Step, on hosts: TranscriptHosts) throws -> Transcript.Step {
        let typed = values.typed(step.command.text)
        let answers = step.output.compactMap {
            $0.firstMatch(of: #/(?:\[y/N\]|q quit:|\(Enter for none\):) (\S+)$|\(Enter for none\):$/#).map { String($0.output.1 ?? "") }
        }
        // How long Exim takes depends on the machine.
        let shown = try hosts.type(typed, step.command, answers: answers, owner: values.readOut)
            .filter { !ProgramRun.Outcome.isWait($0) }
        values.notice(shown)
        var played = step
        played.command = Transcript.Command(
            host: step.command.host, isRoot: step.command.isRoot,
            lines: typed.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        played.output = Self.shortened(shown, as: step.output)
        let same = played.output.count == step.output.count && zip(step.output, played.output).allSatisfy { values.agree($0, $1) }
        if !same {
            // What stands for what, for the commands that follow, where only words have changed.
            let (before, after) = (step.output.flatMap { VaryingText($0).varying }, played.output.flatMap { VaryingText($0).varying })
            if before.map(\.kind) == after.map(\.kind) { for (old, new) in zip(before, after) { _ = values.agree(old, new) } }
            differences.append(
                "\(recorded.name): `\(step.command.text)`\nwritten:\n\(step.output.joined(separator: "\n"))\nplayed:\n"
                    + played.output.joined(separator: "\n"))
        }
        return played
    }

    /// With `...` in the place where it is written: as many lines before it, and as many paragraphs after it.
    private static func shortened(_ shown: [String], as written: [String]) -> [String] {
        guard let gap = written.firstIndex(of: "...") else { return shown }
        let paragraphs = written[(gap + 1)...].split(separator: "").count
        let starts = shown.indices.filter { !shown[$0].isEmpty && ($0 == 0 || shown[$0 - 1].isEmpty) }
        let end = starts.suffix(paragraphs).first ?? shown.count
        return shown.prefix(gap) + ["..."] + shown[max(end, min(gap, shown.count))...]
    }

    /// Puts the written values back into what was played, when all of them have a place there: so only what means something changes.
    private mutating func keepValues(of written: Transcript) {
        var values = TranscriptValues()
        var kept = recorded
        for (index, pair) in zip(written.elements, recorded.elements).enumerated() {
            guard case (.step(let old), .step(let new)) = pair else { continue }
            let before = old.output.flatMap { VaryingText($0).varying }
            let after = new.output.flatMap { VaryingText($0).varying }
            guard before.count == after.count, zip(before, after).allSatisfy({ values.agree($0, $1) }) else { return }
            var texts = before.map(\.text)[...]
            var step = new
            step.command = old.command
            step.output = new.output.map { line in
                let line = VaryingText(line)
                let own = Array(texts.prefix(line.varying.count))
                texts = texts.dropFirst(own.count)
                return line.replacing(own)
            }
            kept.elements[index] = .step(step)
        }
        recorded = kept
    }
}
