import Glibc
import Testing
import TrustTestSupport

/// Every session that README.md, docs and the manual pages show is played here, with the built programs and a real Exim.
/// That the documents hold these texts is checked by scripts/check-docs.
@Suite("Transcripts in the documentation")
struct TranscriptTests {
    @Test("the programs print what the documents show", arguments: Transcript.all)
    func play(name: String) throws {
        let transcript = try Transcript(name)
        let play = try TranscriptPlay(transcript)
        // `make transcripts`
        if getenv("TRUSTD_RECORD") != nil {
            if !play.differences.isEmpty { try File.write("\(Transcript.folder)/\(name).session", play.recorded.text) }
        } else {
            #expect(play.differences.isEmpty, "\(play.differences.joined(separator: "\n\n"))\n\n`make transcripts` records them anew")
        }
    }
}
