package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.worker.pictures.PictureCheck;
import dev.renderfleet.worker.pictures.PictureCheck.InvalidPicture;
import dev.renderfleet.worker.pictures.PictureCheck.ValidPicture;
import dev.renderfleet.worker.pictures.PictureCheck.Wanted;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer whose pictures are checked, in its order until enough are valid; a draft counts only if nothing else is valid.
 *
 * @param valid at most as many as the job wants
 */
record CheckedAnswer(Drawn drawn, List<Valid> valid, List<Invalid> invalid) {

    /** A picture to store. */
    record Valid(DrawnPicture picture, ValidPicture check) {}

    /** A picture for quarantine. */
    record Invalid(DrawnPicture picture, InvalidPicture check) {}

    CheckedAnswer {
        valid = List.copyOf(valid);
        invalid = List.copyOf(invalid);
    }

    static CheckedAnswer of(Drawn drawn, ModelCall call) {
        Output output = call.job().job().output();
        var wanted =
                new Wanted(output.aspectRatio(), call.model().ratioTolerance().fraction(), output.size());
        List<Valid> valid = new ArrayList<>();
        List<Invalid> invalid = new ArrayList<>();
        for (DrawnPicture picture : drawn.pictures()) {
            if (valid.size() < (picture.draft() ? 1 : call.imagesLeft())) {
                switch (PictureCheck.check(picture.file().path(), picture.claimedMime(), wanted)) {
                    case ValidPicture check -> valid.add(new Valid(picture, check));
                    case InvalidPicture check -> invalid.add(new Invalid(picture, check));
                }
            }
        }
        return new CheckedAnswer(drawn, valid, invalid);
    }

    /** Deviations of the valid pictures, in their order. */
    List<String> remarks() {
        List<String> remarks = new ArrayList<>();
        for (Valid each : valid) {
            remarks.addAll(each.check().remarks());
            if (each.picture().remark() != null) {
                remarks.add(each.picture().remark());
            }
        }
        int count = drawn.pictures().size();
        if (valid.size() > 1 && !invalid.isEmpty()) {
            remarks.add(invalid.size() + " of " + count + " images are invalid");
        } else if (valid.size() == 1 && !invalid.isEmpty()) {
            remarks.add("image " + (count - invalid.size()) + " of " + count + ", the later ones are invalid");
        } else if (count > valid.size()) {
            remarks.add("the last of " + count + " images");
        }
        if (valid.getFirst().picture().draft()) {
            remarks.add("marked as a thought");
        }
        return remarks;
    }

    /** Whether all valid pictures have a C2PA manifest. */
    boolean c2paPresent() {
        return valid.stream().allMatch(each -> each.check().c2paPresent());
    }
}
