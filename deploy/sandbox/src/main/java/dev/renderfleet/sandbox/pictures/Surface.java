package dev.renderfleet.sandbox.pictures;

/**
 * A colour that changes smoothly over a picture, as light does on a paper roll: for each channel a polynomial in x and y,
 * fitted to samples by least squares.
 */
final class Surface {
    private static final int CHANNELS = 3;

    private final int degree;
    private final double[][] weights;
    private final int width;
    private final int height;

    private Surface(int degree, double[][] weights, int width, int height) {
        this.degree = degree;
        this.weights = weights;
        this.width = width;
        this.height = height;
    }

    /** Fitted to the first {@code count} of the positions; a few more samples than the surface has terms are enough. */
    static Surface fit(int degree, int[] pixels, int width, int height, int[] positions, int count) {
        int terms = (degree + 1) * (degree + 2) / 2;
        var matrix = new double[terms][terms + CHANNELS];
        var term = new double[terms];
        for (int number = 0; number < count; number++) {
            int at = positions[number];
            int y = at / width;
            terms(degree, 2.0 * (at % width) / width - 1, 2.0 * y / height - 1, term);
            int colour = pixels[at];
            for (int row = 0; row < terms; row++) {
                for (int column = 0; column < terms; column++) {
                    matrix[row][column] += term[row] * term[column];
                }
                for (int channel = 0; channel < CHANNELS; channel++) {
                    matrix[row][terms + channel] += term[row] * (colour >> (16 - 8 * channel) & 0xff);
                }
            }
        }
        for (int row = 0; row < terms; row++) {
            // A little reluctance, so that too few samples give a flat surface and no wild one.
            matrix[row][row] += 1e-3 * (1 + count * 1e-3);
        }
        return new Surface(degree, solved(matrix, terms), width, height);
    }

    /** The colours of one row, as red, green and blue by turns. */
    void row(int y, float[] colours) {
        double v = 2.0 * y / height - 1;
        var inX = new double[CHANNELS][degree + 1];
        int number = 0;
        for (int ofX = 0; ofX <= degree; ofX++) {
            double power = 1;
            for (int ofY = 0; ofY <= degree - ofX; ofY++) {
                for (int channel = 0; channel < CHANNELS; channel++) {
                    inX[channel][ofX] += weights[channel][number] * power;
                }
                power *= v;
                number++;
            }
        }
        for (int x = 0; x < width; x++) {
            double u = 2.0 * x / width - 1;
            for (int channel = 0; channel < CHANNELS; channel++) {
                double value = 0;
                for (int ofX = degree; ofX >= 0; ofX--) {
                    value = value * u + inX[channel][ofX];
                }
                colours[x * CHANNELS + channel] = (float) Math.clamp(value, 1, 255);
            }
        }
    }

    /** The colour of one place, written as red, green and blue from an index on. */
    void at(int x, int y, float[] colours, int index) {
        var term = new double[weights[0].length];
        terms(degree, 2.0 * x / width - 1, 2.0 * y / height - 1, term);
        for (int channel = 0; channel < CHANNELS; channel++) {
            double value = 0;
            for (int number = 0; number < term.length; number++) {
                value += weights[channel][number] * term[number];
            }
            colours[index + channel] = (float) Math.clamp(value, 1, 255);
        }
    }

    private static void terms(int degree, double u, double v, double[] term) {
        int number = 0;
        double powerOfU = 1;
        for (int ofX = 0; ofX <= degree; ofX++) {
            double power = powerOfU;
            for (int ofY = 0; ofY <= degree - ofX; ofY++) {
                term[number++] = power;
                power *= v;
            }
            powerOfU *= u;
        }
    }

    /** Gauss and Jordan; the matrix is symmetric and positive, so its diagonal can be divided by. */
    private static double[][] solved(double[][] matrix, int terms) {
        for (int pivot = 0; pivot < terms; pivot++) {
            for (int row = 0; row < terms; row++) {
                double factor = row == pivot ? 0 : matrix[row][pivot] / matrix[pivot][pivot];
                for (int column = pivot; column < terms + CHANNELS && factor != 0; column++) {
                    matrix[row][column] -= factor * matrix[pivot][column];
                }
            }
        }
        var weights = new double[CHANNELS][terms];
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int row = 0; row < terms; row++) {
                weights[channel][row] = matrix[row][terms + channel] / matrix[row][row];
            }
        }
        return weights;
    }
}
