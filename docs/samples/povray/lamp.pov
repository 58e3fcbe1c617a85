// SPDX-License-Identifier: Apache-2.0
// A brass desk lamp with an enamelled dome shade on a marble foot, switched on.

#version 3.7;
#declare Key_Power = 0.62;
#include "studio.inc"

Softbox(<-22, 24, -16>, <0, 6, 0>, 13, 17, <1, 0.98, 0.95>, Key_Power, 2.8)
Softbox(<24, 14, -10>, <0, 6, 0>, 5, 22, <0.94, 0.97, 1>, 0.10, 1.8)

camera {
  location <4.5, 9.0, -36>
  look_at <0.55, 5.75, 0>
  right x up y
  angle 25.5
  Depth(0.5, <0, 6, -2>)
}

#declare Brass =
  texture {
    pigment { srgb <0.88, 0.72, 0.47> }
    normal { bumps 0.004 scale <0.2, 0.6, 0.2> }
    finish {
      diffuse 0.15 specular 0.5 roughness 0.02 metallic
      reflection { 0.55, 0.8 metallic } conserve_energy
    }
  }

#declare Enamel =
  texture {
    pigment { srgb <0.17, 0.33, 0.28> }
    normal { bumps 0.008 scale 0.3 }
    finish {
      diffuse 0.75 specular 0.18 roughness 0.02
      reflection { 0.02, 0.40 fresnel on } conserve_energy
    }
  }

#declare Lining =
  texture { pigment { srgb <0.97, 0.94, 0.88> } finish { diffuse 0.85 } }

#declare Marble =
  texture {
    pigment {
      marble turbulence 0.9 octaves 5 lambda 2.2 omega 0.42
      color_map {
        [0.00 srgb <0.60, 0.59, 0.58>]
        [0.05 srgb <0.86, 0.85, 0.84>]
        [0.25 srgb <0.93, 0.925, 0.915>]
        [0.80 srgb <0.95, 0.945, 0.935>]
        [1.00 srgb <0.86, 0.855, 0.85>]
      }
      scale 1.7 rotate <20, 35, 40>
    }
    finish {
      diffuse 0.78 specular 0.2 roughness 0.005
      reflection { 0.02, 0.45 fresnel on } conserve_energy
    }
  }

// ---- foot -------------------------------------------------------------------

object {
    Revolve(array[16] {
      <0, 0.06>, <1, 0.06>, <1.5, 0.06>, <2.25, 0.06>,
      <2.25, 0.06>, <2.42, 0.06>, <2.45, 0.12>, <2.45, 0.2>,
      <2.45, 0.2>, <2.45, 0.5>, <2.45, 0.65>, <2.45, 0.72>,
      <2.45, 0.72>, <2.45, 0.86>, <2.4, 0.9>, <2.25, 0.9>
    }, 24, 96)
  texture { Marble }
  translate x*2
}
cylinder { <2, 0.8, 0>, <2, 0.9, 0>, 2.26 texture { Marble } }
cylinder { <2, 0, 0>, <2, 0.07, 0>, 2.1 pigment { srgb 0.12 } }

// ---- stem, arc, collar ------------------------------------------------------

#declare Rise = 9.0;      // where the arc begins
#declare Arc = 2.0;       // its radius
#declare Thick = 0.19;

union {
  // collar on the foot
  object {
    Revolve(array[12] {
      <0.75, 0.9>, <0.75, 1.0>, <0.72, 1.03>, <0.62, 1.03>,
      <0.62, 1.03>, <0.4, 1.04>, <0.34, 1.15>, <0.34, 1.3>,
      <0.34, 1.3>, <0.34, 1.5>, <0.3, 1.55>, <0.19, 1.55>
    }, 24, 96)
    translate x*2
  }
  cylinder { <2, 0.9, 0>, <2, Rise, 0>, Thick }
  // the knurled joint
  union {
    difference {
      cylinder { -y*0.26, y*0.26, 0.33 }
      #for (I, 0, 35)
        cylinder { -y*0.2, y*0.2, 0.022 translate x*0.335 rotate y*I*10 }
      #end
    }
    torus { 0.3, 0.035 translate y*0.26 }
    torus { 0.3, 0.035 translate -y*0.26 }
    translate <2, 6.3, 0>
  }
  intersection {
    torus { Arc, Thick rotate x*90 }
    box { <-3, 0, -1>, <3, 3, 1> }
    translate <2 - Arc, Rise, 0>
  }
  cylinder { <2 - 2*Arc, Rise, 0>, <2 - 2*Arc, Rise - 0.35, 0>, Thick }
  // shade holder
  object {
    Revolve(array[12] {
      <0.19, 0.42>, <0.38, 0.42>, <0.42, 0.36>, <0.42, 0.25>,
      <0.42, 0.25>, <0.42, 0.1>, <0.5, -0.05>, <0.62, -0.12>,
      <0.62, -0.12>, <0.7, -0.17>, <0.7, -0.3>, <0.55, -0.3>
    }, 24, 96)
    translate <2 - 2*Arc, Rise - 0.72, 0>
  }
  texture { Brass }
}

// ---- shade and bulb ---------------------------------------------------------

#declare Head = <2 - 2*Arc, Rise - 0.85, 0>;

union {
  object {
    Revolve(array[12] {
      <0.4, -0.05>, <1.6, -0.1>, <2.5, -0.9>, <2.75, -2.45>,
      <2.75, -2.45>, <2.76, -2.52>, <2.71, -2.54>, <2.69, -2.47>,
      <2.69, -2.47>, <2.45, -0.98>, <1.6, -0.18>, <0.3, -0.12>
    }, 24, 96)
    texture { Enamel }
  }
  // white lining just inside the enamel
  object {
    Revolve(array[4] {
      <2.66, -2.46>, <2.42, -1.02>, <1.6, -0.22>, <0.3, -0.16>
    }, 24, 96)
    texture { Lining }
  }
  torus { 2.725, 0.045 translate -y*2.49 texture { Brass } }
  translate Head
}

light_source {
  Head - y*1.55, srgb <1, 0.83, 0.60> * 1.45
  fade_distance 3 fade_power 2
  area_light x*0.5, z*0.5, 4, 4 adaptive 0 jitter circular orient
  looks_like {
    sphere {
      0, 0.62
      pigment { srgb <1, 0.90, 0.72> }
      finish { diffuse 0 emission 2.2 }
    }
  }
}
cylinder { Head - y*0.2, Head - y*1.05, 0.3 texture { Brass } }

// ---- woven cable, leaving to the back right ---------------------------------

#declare Spot = spline {
  natural_spline
  0, <4.3, 0.16, 0.6>, 1, <5.2, 0.10, 1.6>, 2, <6.4, 0.09, 3.6>, 3, <6.0, 0.09, 6.2>
  4, <7.8, 0.09, 7.8>, 5, <10.4, 0.09, 7.4>, 6, <14, 0.09, 8.6>, 7, <19, 0.09, 10>
}
#declare Way = array[71];
#for (I, 0, 70) #declare Way[I] = Spot(I/10); #end
union {
  Tube(Way, 0.085, 0.085)
  pigment { srgb <0.30, 0.27, 0.23> }
  normal { bumps 0.6 scale 0.05 }
}
